"""Runs the modules of a package by name: what `script/prove` and `script/bench` share."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True)
class Collection:
    """Modules of one package that each have a function to run.

    :param function: its name; a module without it is a helper.
    """

    package: str
    function: str

    def modules(self) -> dict[str, ModuleType]:
        """Name and module of everything that can be run, by name: the file's, or what its `NAME` says."""
        folder = Path(str(import_module(self.package).__file__)).parent
        names = sorted(file.stem for file in folder.glob("*.py") if not file.stem.startswith("_"))
        loaded = {name: import_module(f"{self.package}.{name}") for name in names}
        return {
            getattr(module, "NAME", name): module
            for name, module in loaded.items()
            if hasattr(module, self.function)
        }

    def main(self, arguments: Sequence[str]) -> int:
        """Run what `arguments` name, or everything; `--list` only names it.

        :return: the exit code: 0, 1 when one failed, 2 for an unknown name.
        """
        modules = self.modules()
        if unknown := sorted(set(arguments) - modules.keys() - {"--list", "--help"}):
            print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(modules)}.")
            return 2
        if {"--list", "--help"} & set(arguments):
            for name, module in modules.items():
                print(f"{name:12} {_first_line(module)}")
            return 0
        chosen = list(dict.fromkeys(arguments)) or list(modules)
        failed = [name for name in chosen if not self._run(name, modules[name])]
        print(
            f"{len(chosen) - len(failed)} of {len(chosen)} passed"
            + f"; failed: {', '.join(failed)}" * bool(failed)
        )
        return 1 if failed else 0

    def _run(self, name: str, module: ModuleType) -> bool:
        """Run one and tell how it went: only False (or an exception) is a failure."""
        print(f"== {name}: {_first_line(module)}", flush=True)
        run: Callable[[], bool | None] = getattr(module, self.function)
        started_s = time.monotonic()
        try:
            passed = run() is not False
        except Exception:  # noqa: BLE001 - the others still have to run
            traceback.print_exc(file=sys.stdout)
            passed = False
        took_s = time.monotonic() - started_s
        print(f"== {name}: {'passed' if passed else 'FAILED'} in {took_s:.1f} s\n", flush=True)
        return passed


def _first_line(module: ModuleType) -> str:
    return (module.__doc__ or "").strip().partition("\n")[0]
