"""Check the service: its OpenAPI document, its speed and memory under load, and hostile bodies.

    python tools/check_service.py specification --cases 5000 --program st/bin/schemathesis
    python tools/check_service.py load --requests 100000
    python tools/check_service.py bodies --cases 1000000

Each command starts `seq2seq serve` on a free port, and exits with 1 if a check fails. schemathesis
comes from an environment of its own: python -m venv st; st/bin/pip install schemathesis.
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from service_bodies import send_bodies
from service_load import measure_load
from service_process import started
from service_specification import run_schemathesis

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def specification(
    cases: Annotated[int, typer.Option(min=1, help="Number of requests, about.")] = 5000,
    program: Annotated[Path, typer.Option(help="The program schemathesis.")] = Path("schemathesis"),
) -> None:
    """Send what the OpenAPI document allows, and the like; no 5xx, no undeclared status."""
    with tempfile.TemporaryDirectory() as directory, started(Path(directory)) as service:
        _report(run_schemathesis(service, program=program, cases=cases))


@app.command()
def load(
    requests: Annotated[int, typer.Option(min=10, help="Number of requests.")] = 100_000,
    connections: Annotated[int, typer.Option(min=1, help="Number of connections.")] = 32,
    sentences: Annotated[
        Path | None, typer.Option(help="Spanish sentences, one a line or in the first column.")
    ] = None,
) -> None:
    """Send single sentences over many connections; every answer must be the right one."""
    with tempfile.TemporaryDirectory() as directory, started(Path(directory)) as service:
        _report(
            measure_load(service, requests=requests, connections=connections, sentences=sentences)
        )


@app.command()
def bodies(
    cases: Annotated[int, typer.Option(min=1, help="Number of bodies.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the bodies.")] = 0,
) -> None:
    """Send damaged and hostile bodies; every answer is a result or an error in JSON."""
    with tempfile.TemporaryDirectory() as directory, started(Path(directory)) as service:
        _report(send_bodies(service, cases=cases, seed=seed))


def _report(result: dict[str, object]) -> None:
    """Print a result; fail if it says so."""
    print(json.dumps(result, indent=1))
    if not result["passed"]:
        sys.exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # end the service
    app()
