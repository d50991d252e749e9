"""Command `seq2seq serve`."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.option_groups import with_groups
from seq2seq.cli.options import MAX_THREADS, Quiet, Verbose
from seq2seq.runtime.extras import require

INTERFACE = "Interface"
"""Group of the options on where and to whom the service answers."""

LIMITS = "Limits"
"""Group of the options on what a client may ask for."""


@dataclass(frozen=True, kw_only=True)
class InterfaceOptions:
    """Options on where and to whom the service answers."""

    host: Annotated[
        str,
        typer.Option(
            rich_help_panel=INTERFACE,
            help="Address to listen on; 0.0.0.0 is every address of this machine.",
        ),
    ] = "127.0.0.1"
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65535, rich_help_panel=INTERFACE, help="Port to listen on; 0 for any free."
        ),
    ] = 5000
    url_prefix: Annotated[
        str, typer.Option(rich_help_panel=INTERFACE, help="Beginning of all paths, such as /mt.")
    ] = ""
    cors: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            rich_help_panel=INTERFACE,
            help="Site whose pages may call the service, such as https://example.org; repeat for "
            "more; * for all.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class LimitOptions:
    """Options on what a client may ask for."""

    api_keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=LIMITS,
            help="File with one key per line, optionally with its own --req-limit. Only requests "
            "with one of the keys are answered.",
        ),
    ] = None
    char_limit: Annotated[
        int,
        typer.Option(
            min=1,
            max=1_000_000,
            rich_help_panel=LIMITS,
            help="Maximum number of characters of a request; a file may have ten times as many.",
        ),
    ] = 10_000
    batch_limit: Annotated[
        int,
        typer.Option(
            min=1, max=10_000, rich_help_panel=LIMITS, help="Maximum number of texts of a request."
        ),
    ] = 100
    req_limit: Annotated[
        int,
        typer.Option(
            min=0,
            max=1_000_000_000,
            rich_help_panel=LIMITS,
            help="Maximum number of requests per minute for each key or address, per worker; 0 "
            "is no limit.",
        ),
    ] = 0
    queue_limit: Annotated[
        int,
        typer.Option(
            min=1,
            max=100_000,
            rich_help_panel=LIMITS,
            help="Maximum number of requests that wait in each worker; others get status 503.",
        ),
    ] = 256
    timeout: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=3600,
            rich_help_panel=LIMITS,
            help="Seconds after which a request is abandoned with status 503.",
        ),
    ] = 30.0


@with_groups
def serve(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL...",
            help="Models to serve: names of shipped models, directories, or es-en=DIRECTORY for a "
            "model that does not say its languages. Default: all that come with seq2seq.",
        ),
    ] = None,
    *,
    interface: InterfaceOptions,
    limits: LimitOptions,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            max=MAX_THREADS,
            help="Number of processes; they divide the processors, and each loads the models.",
        ),
    ] = 1,
    memory: Annotated[
        str,
        typer.Option(
            metavar="SIZE",
            help="Total size of the models that a worker keeps loaded, such as 500M; the least "
            "recently used ones are unloaded.",
        ),
    ] = "1G",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Translate over HTTP, for clients of LibreTranslate and of DeepL.

    For example:

        seq2seq serve
        seq2seq serve es-en runs/mine --port 8000 --api-keys keys.txt
        curl -d q="¿Dónde está la biblioteca?" -d target=en localhost:5000/translate

    The interface is documented at /docs, and there is a page that translates at
    /. Models are loaded when they are first asked for. SIGTERM and Ctrl-C end
    the service once the requests that it has begun are answered.
    """
    require("serve", "`seq2seq serve`")
    from seq2seq.serving.server import serve as run
    from seq2seq.serving.settings import ServiceSettings

    settings = ServiceSettings(
        models=tuple(models or ()),
        keys=limits.api_keys,
        char_limit=limits.char_limit,
        batch_limit=limits.batch_limit,
        req_limit=limits.req_limit,
        queue_limit=limits.queue_limit,
        timeout=limits.timeout,
        memory=memory,
        cors=tuple(interface.cors or ()),
        url_prefix=interface.url_prefix,
        log_level=logging.getLogger("seq2seq").getEffectiveLevel(),
    )
    run(settings, host=interface.host, port=interface.port, workers=workers)
