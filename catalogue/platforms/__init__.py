"""Gateways to the outside: one module for each way to ask, one shape of answer."""

from catalogue.platforms.observation import Failure, FailureKind, Observation

__all__ = ["Failure", "FailureKind", "Observation"]
