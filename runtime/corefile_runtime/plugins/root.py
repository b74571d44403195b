"""root: the folder from which the other plugins of the block take relative file names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from corefile.plugins.root import Root
from corefile_runtime.chain.handler import Handler, one

if TYPE_CHECKING:
    from corefile_runtime.chain.home import Home


def prepare(config: Root, home: Home) -> None:
    """It has no place in the chain: `Home.locate` is for the others. A folder that is not there may come later."""
    path = home.settings.root = config.path
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        home.log("WARNING", f"Root path does not exist: {path}")
    except OSError as error:
        raise home.refuse(f"unable to access root path '{path}': {error.strerror}") from None


HANDLER = Handler(one(Root, prepare), runs="both")
