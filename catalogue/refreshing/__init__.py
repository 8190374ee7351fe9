"""Counts that stay alive: who is asked when, by whom, and what an answer changes.

`leases` takes what is due, `gateways` are asked by `asking`, `storing` writes down what they
say, `schedule` finds the next date. What all workers share stands in `standing`: budgets,
breakers and the load. docs/refresh.md.
"""
