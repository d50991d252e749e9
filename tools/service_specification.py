"""The OpenAPI document of the service, checked by schemathesis."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections import Counter
from pathlib import Path

from service_process import Service

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
"""What each answer must be: no 5xx, a declared status, a declared content type."""


def run_schemathesis(service: Service, *, program: Path, cases: int) -> dict[str, object]:
    """Send requests that the document allows, and others like them.

    Args:
        service: The service.
        program: The program schemathesis.
        cases: Number of requests, about: they are shared by the operations.

    Returns:
        Numbers of answers by status, and whether all are as declared.
    """
    address = f"http://127.0.0.1:{service.port}"
    document = json.loads(urllib.request.urlopen(f"{address}/spec").read())
    operations = sum(map(len, document["paths"].values()))
    command = [
        str(program.resolve() if program.parent.name else program),
        "run",
        f"{address}/spec",
        f"--checks={CHECKS}",
        f"--max-examples={max(1, cases // operations)}",
        "--phases=examples,coverage,fuzzing",
        "--mode=all",
        "--continue-on-failure",
        "--seed=1",
        "--request-timeout=60",
    ]
    kept = service.log.parent  # for the files that schemathesis keeps
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=kept)
    statuses = Counter(
        line.split()[-3]
        for line in service.log.read_text(encoding="utf-8").splitlines()
        if line.endswith(" ms")
    )
    return {
        "requests": sum(statuses.values()),
        "statuses": dict(sorted(statuses.items())),
        "report": done.stdout[-3000:].splitlines() if done.returncode else [],
        "passed": done.returncode == 0,
    }
