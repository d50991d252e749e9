"""Programs in forks of a process that has imported torch: a start takes 30 ms and not 2 s.

The server listens on a Unix socket, and starts with the first client. The files in its directory
`bin` are clients that can stand in for `python`, `seq2seq` and `translate` on the PATH: they hand
their arguments, environment, directory and standard files to the server, which forks, and exit as
the fork does. A signal to a client reaches its fork. If $SEQ2SEQ_PAGE_STEPS is set, no training
takes more steps than that.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

SOCKET = "socket"
PROGRAMS = ("python", "seq2seq", "translate")
LOADED = (
    "seq2seq.cli.app",
    "seq2seq.cli.translate_lines",
    "seq2seq.evaluation.evaluate",
    "seq2seq.evaluation.gradients",
    "seq2seq.evaluation.training_runs",
    "seq2seq.models.diagnostics.copy_task",
    "seq2seq.reports.evaluation_page",
    "seq2seq.reports.plots",
    "seq2seq.training.run",
    "seq2seq.translation.translator",
    "accelerate",
    "jinja2",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "pandas",
    "pyarrow.csv",
    "pyarrow.dataset",
    "pydantic.type_adapter",
    "sacrebleu.tokenizers.tokenizer_13a",
    "torch.distributed.run",
)
"""Modules that the server imports before it forks."""

SHORTENED_PAIRS = 1000
"""Number of training pairs that a shortened training reads."""

CLIENT = """#!{python} -SE
import json, os, signal, socket, sys
link = socket.socket(socket.AF_UNIX)
link.connect({socket!r})
message = json.dumps([sys.argv, os.getcwd(), dict(os.environ)]).encode("utf-8", "surrogateescape")
socket.send_fds(link, [len(message).to_bytes(4, "big")], [0, 1, 2])
link.sendall(message)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP):
    signal.signal(number, lambda number, frame: link.sendall(bytes([number])))
sys.exit(int(link.makefile().readline() or 70))
"""


@contextlib.contextmanager
def fork_server(directory: Path) -> Iterator[Path]:
    """Offer a server in a directory and yield the directory of the clients."""
    programs = directory / "bin"
    programs.mkdir(parents=True)
    text = CLIENT.format(python=sys.executable, socket=str(directory / SOCKET))
    for name in PROGRAMS:
        path = programs / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(directory / SOCKET))
    listener.listen()
    servers: list[subprocess.Popen[bytes]] = []
    threading.Thread(target=_start_if_needed, args=(listener, servers), daemon=True).start()
    try:
        yield programs
    finally:
        for server in servers:
            server.terminate()
            server.wait()


def _start_if_needed(listener: socket.socket, servers: list[subprocess.Popen[bytes]]) -> None:
    """Wait for the first client, and start the server that answers it."""
    select.select([listener], [], [])
    number = listener.fileno()
    command = [sys.executable, "-m", "tests.support.fork_server", str(number)]
    root = Path(__file__).parents[2]
    servers.append(subprocess.Popen(command, pass_fds=[number], cwd=root))


def serve(listener: socket.socket) -> None:
    """Answer clients until the process is ended; each is served by a fork."""
    import torch
    from torch.distributed.elastic.rendezvous import dynamic_rendezvous

    for name in LOADED:
        importlib.import_module(name)
    torch.set_num_threads(1)
    # Only for debugging, and with so many modules it would take a second per launch.
    dynamic_rendezvous.get_method_name = lambda depth=2: ""
    gc.collect()
    gc.freeze()  # otherwise a collection in a fork copies every page that holds an object
    while True:
        link, _ = listener.accept()
        _answer(link)


def _answer(link: socket.socket) -> None:
    head, files, _, _ = socket.recv_fds(link, 4, 3)
    with link.makefile("rb") as stream:
        arguments, directory, environment = json.loads(stream.read(int.from_bytes(head, "big")))
    child = os.fork()
    if not child:
        _become(files, directory, environment)
        os._exit(_run(arguments))
    for file in files:
        os.close(file)
    threading.Thread(target=_report, args=(link, child), daemon=True).start()


def _report(link: socket.socket, child: int) -> None:
    """Pass on signals until the child ends, and then its exit status."""
    end = os.pidfd_open(child)
    while end not in select.select([end, link], [], [])[0]:
        number = link.recv(1)
        signal.pidfd_send_signal(end, number[0] if number else signal.SIGKILL)
        if not number:  # the client has been killed
            break
    os.close(end)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(OSError), link:
        link.sendall(f"{os.waitstatus_to_exitcode(status) % 256}\n".encode())


def _become(files: list[int], directory: str, environment: dict[str, str]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.path[1:1] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        file = open(number, "w" if number else "r", encoding="utf-8", closefd=False)  # noqa: SIM115
        setattr(sys, name, file)
        setattr(sys, f"__{name}__", file)


def _run(arguments: list[str]) -> int:
    """Run a program and return its exit status."""
    program = Path(arguments[0]).name
    try:
        _shorten_trainings()
        _start(program, arguments[1:])
    except SystemExit as ended:
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
        return 1 if isinstance(ended.code, str) else int(ended.code or 0)
    except BaseException:  # as at the end of any program
        import traceback

        traceback.print_exc()
        return 1
    finally:
        for file in (sys.stdout, sys.stderr):
            with contextlib.suppress(ValueError):  # the program has closed it
                file.flush()
    return 0


def _start(program: str, arguments: list[str]) -> None:
    from seq2seq.cli import app

    safe_path = arguments[:1] == ["-P"]
    arguments = arguments[arguments[:1] in (["-P"], ["-u"]) :]
    if program != "python":
        sys.argv = [program, *arguments]
        {"seq2seq": app.main, "translate": app.translate_main}[program]()
    elif arguments[:1] == ["-m"]:
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments in ([], ["-"]):
        sys.argv = ["-"]
        exec(sys.stdin.read(), {"__name__": "__main__"})
    elif arguments[:1] == ["-c"]:
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})
    else:
        sys.argv = arguments
        if not safe_path:
            sys.path.insert(0, str(Path(arguments[0]).resolve().parent))
        runpy.run_path(arguments[0], run_name="__main__")


def _shorten_trainings() -> None:
    """Let no training take more than $SEQ2SEQ_PAGE_STEPS steps, nor write long translations.

    New models are small too, and learn from few pairs; one that starts from another keeps its size.
    """
    steps = int(os.environ.get("SEQ2SEQ_PAGE_STEPS", "0"))
    if not steps:
        return
    from seq2seq.config.config import Config
    from seq2seq.models.diagnostics import copy_task
    from seq2seq.training import run

    learn = copy_task.learn
    copy_task.learn = lambda *given, **options: learn(*given, **{**options, "steps": steps})
    complete = run.inherit_architecture

    def shortened(config: Config, output: Path) -> Config:
        training = {
            name: min(getattr(config.training, name), steps)
            for name in ("max_steps", "validate_every", "checkpoint_every", "log_every")
        }
        pairs = min(config.data.train_pairs or SHORTENED_PAIRS, SHORTENED_PAIRS)
        changes = {
            "training": config.training.model_copy(update=training),
            "data": config.data.model_copy(update={"dev_pairs": 8, "train_pairs": pairs}),
            "decoding": config.decoding.model_copy(
                update={"max_length_ratio": 1.0, "max_length_extra": 2}
            ),
        }
        if config.training.init_from is None:
            sizes = {"hidden_size": 16, "embedding_size": 16}
            changes["model"] = config.model.model_copy(update=sizes)
        return complete(config.model_copy(update=changes), output)

    run.inherit_architecture = shortened  # type: ignore[assignment]


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
