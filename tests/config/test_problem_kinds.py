"""Every kind of problem has an address that says what it means."""

import pytest

from config import problem_kinds
from tests.rest import Caller

nobody = Caller()


@pytest.mark.parametrize("kind", problem_kinds.KINDS, ids=lambda kind: kind.name)
def test_the_type_of_a_problem_is_an_address_that_explains_it(kind: problem_kinds.Kind):
    told = nobody.get(kind.type).json()
    assert (told["type"], told["status"]) == (kind.type, kind.status)
    assert told["description"]
    assert told in nobody.get("problems/").json()


def test_there_is_no_other_kind_of_problem():
    assert nobody.get("problems/laziness/").status_code == 404
