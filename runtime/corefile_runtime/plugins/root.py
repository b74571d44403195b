"""root: the folder from which the other plugins of the block take relative file names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, cast

from corefile.plugins.root import Root as Config

if TYPE_CHECKING:
    from corefile.ir.program import Config as AnyConfig
    from corefile_runtime.chain.build import Home


def make(configs: tuple[AnyConfig, ...], home: Home) -> None:
    """It has no place in the chain: `Home.locate` looks at its config. A folder that is not there may come later."""
    path = cast("Config", configs[0]).path
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        home.instance.output.log("WARNING", f"Root path does not exist: {path}", "root")
    except OSError as error:
        raise home.refuse(f"unable to access root path '{path}': {error.strerror}") from None
