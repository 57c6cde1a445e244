"""The HTTP routes of the explorer."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from shoal.data.entries import Entry
from shoal.data.names import shown_name
from shoal.errors import BadInput, EditConflict, ShoalError
from shoal.views.explorer import lists, pages, searching
from shoal.views.explorer.exporting import export
from shoal.views.explorer.frozen import write_copy
from shoal.views.explorer.guard import Guard, Rules, TooLong
from shoal.views.explorer.originals import Original, document, original
from shoal.views.explorer.over_time import course
from shoal.views.explorer.view import RunView

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

Sent = Mapping[str, Any]
"""What the page sent as JSON."""
Endpoint = Callable[["Request"], Awaitable["Response"]]

STATIC = Path(__file__).parent / "static"
READERS = threading.BoundedSemaphore(2)
"""Answers that are worked out at once: each holds arrays as long as the run."""
NOT_BUILT = (
    "The explorer's page is not built. In a clone of the project, run: make page (no Node "
    "installation needed). The data is available under /api/."
)


def make_app(view: RunView, rules: Rules) -> Guard:
    """The explorer as an ASGI application.

    Parameters
    ----------
    view : of the run
    rules : who is let in
    """
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    routes: list[BaseRoute] = [Route("/", _index)]
    routes += [Route(f"/api/{path}", _read(read, view)) for path, read in READS.items()]
    routes += [
        Route(f"/api/{path}", _write(write, view), methods=["POST"])
        for path, write in WRITES.items()
    ]
    if STATIC.is_dir():
        routes.append(Mount("/assets", StaticFiles(directory=STATIC / "assets", check_dir=False)))
    handlers = {ShoalError: _mistake, TooLong: _too_long}
    app = Starlette(routes=routes, exception_handlers=handlers)
    # a password lets others in: they see the rows and not the files of this machine
    app.state.files = rules.password is None
    return Guard(app, rules)


def _index(request: Request) -> Response:
    from starlette.responses import FileResponse, PlainTextResponse

    page = STATIC / "index.html"
    if page.is_file():
        return FileResponse(page, headers={"cache-control": "no-store"})
    return PlainTextResponse(NOT_BUILT, status_code=503)


def _read(read: Callable[[RunView, Request], object], view: RunView) -> Endpoint:
    """A read-only route; it runs on its own thread."""
    from starlette.concurrency import run_in_threadpool

    def found(request: Request) -> object:
        with READERS:
            view.editor.refresh()
            return _response(read(view, request))

    async def answer(request: Request) -> Response:
        return await run_in_threadpool(found, request)

    return answer


def _write(write: Callable[[RunView, Sent], object], view: RunView) -> Endpoint:
    """A route that accepts JSON."""
    from starlette.concurrency import run_in_threadpool

    async def answer(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise BadInput("send JSON, with the content type application/json.")
        try:
            info = await request.json()
        except (ValueError, RecursionError) as error:
            raise BadInput(f"the request is not valid JSON: {error}.") from error
        if not isinstance(info, dict):
            raise BadInput("the request must be a JSON object.")
        return _response(await run_in_threadpool(write, view, info))

    return answer


def _response(value: object) -> Response:
    from starlette.background import BackgroundTask
    from starlette.responses import FileResponse, JSONResponse, Response

    if isinstance(value, np.ndarray):
        kind = "<i4" if value.dtype.kind in "iu" else "<f4"
        return Response(
            np.ascontiguousarray(value, dtype=kind).tobytes(),
            media_type="application/octet-stream",
            headers={"x-kind": kind},
        )
    if isinstance(value, bytes):
        return Response(value, media_type="image/jpeg")
    if isinstance(value, Original):
        name = shown_name(value.path.name)
        return FileResponse(value.path, media_type="application/octet-stream", filename=name)
    if isinstance(value, Path):
        remove = BackgroundTask(shutil.rmtree, value.parent, ignore_errors=True)
        return FileResponse(value, filename=value.name, background=remove)
    return JSONResponse(value)


def _mistake(request: Request, error: Exception) -> Response:
    from starlette.responses import JSONResponse

    status = 409 if isinstance(error, EditConflict) else 400
    return JSONResponse({"error": str(error)}, status_code=status)


def _too_long(request: Request, error: Exception) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse({"error": "the request is too long."}, status_code=413)


def _whole(value: str | None, default: int, name: str) -> int:
    if value is None:
        return default
    try:
        return int(value)
    except ValueError:
        raise BadInput(f"{name} must be a whole number, got {value!r}.") from None


def _layer(view: RunView, request: Request) -> int:
    return _whole(request.query_params.get("layer"), view.chosen, "layer")


def _clusters(view: RunView, request: Request) -> object:
    above = request.query_params.get("above")
    above = None if above is None else _whole(above, 0, "above")
    return pages.clusters_page(view, _layer(view, request), above)


def _trends(view: RunView, request: Request) -> object:
    return course(view, _layer(view, request), request.query_params.get("column"))


def _search(view: RunView, request: Request) -> object:
    asked = request.query_params
    return searching.search(view, asked.get("q", ""), asked.get("how", "words"))


def _row(view: RunView, request: Request) -> object:
    row = request.path_params["row"]
    info = pages.whole_row(view, row)
    found = original(view, row) if request.app.state.files else None
    if found is not None:
        info["document"] = {"address": f"api/documents/{row}", "name": shown_name(found.path.name)}
    return info


def _document(view: RunView, request: Request) -> object:
    if not request.app.state.files:
        raise BadInput("documents are opened at the machine itself only.")
    return document(view, request.path_params["row"])


def _rows(view: RunView, info: Sent) -> object:
    return {"rows": pages.list_rows(view, _row_list(info))}


def _row_list(info: Sent) -> list[int]:
    rows = info.get("rows")
    if not isinstance(rows, list) or not all(type(row) is int for row in rows):
        raise BadInput("rows must be a list of whole numbers.")
    return rows


def _version(info: Sent) -> int:
    version = info.get("version")
    if type(version) is not int:
        raise BadInput("version must be the version of the edits that you last saw.")
    return version


def _count(info: Sent) -> int:
    count = info.get("count", 1)
    if type(count) is not int:
        raise BadInput(f"count must be a whole number, got {count!r}.")
    return count


def _edit(view: RunView, info: Sent) -> object:
    wish = info.get("edit")
    if not isinstance(wish, dict):
        raise BadInput("edit must be a JSON object with op and its fields.")
    with view.guard:
        line = view.editor.do(wish, _version(info))
    return {**pages.history_page(view), "changed": _changed(line)}


def _undo(view: RunView, info: Sent) -> object:
    view.editor.undo(_count(info), _version(info))
    return pages.history_page(view)


def _redo(view: RunView, info: Sent) -> object:
    view.editor.redo(_count(info), _version(info))
    return pages.history_page(view)


def _changed(line: Entry) -> list[int]:
    """Clusters that an edit made or changed, those that it made first."""
    return sorted((int(c) for c in line.get("renewed", {})), reverse=True)


def _export(view: RunView, info: Sent) -> object:
    rows = None if info.get("rows") is None else _row_list(info)
    return export(view, rows, str(info.get("ending")), edited=bool(info.get("edited", True)))


READS: dict[str, Callable[[RunView, Request], object]] = {
    "run": lambda view, request: pages.run_page(view),
    "more": lambda view, request: pages.more_page(view),
    "points": lambda view, request: view.points,
    "array/{name:path}": lambda view, request: view.array(request.path_params["name"]),
    "clusters": _clusters,
    "clusters/{cluster:int}": lambda view, request: pages.cluster_page(
        view, _layer(view, request), request.path_params["cluster"]
    ),
    "course": _trends,
    "rows/{row:int}": _row,
    "documents/{row:int}": _document,
    "pictures/{row:int}": lambda view, request: view.thumbnail(request.path_params["row"]),
    "search": _search,
    "similar/{row:int}": lambda view, request: searching.similar(view, request.path_params["row"]),
    "anomalies": lambda view, request: lists.anomalies(view),
    "duplicates": lambda view, request: lists.duplicates(view),
    "edits": lambda view, request: pages.history_page(view),
}
WRITES: dict[str, Callable[[RunView, Sent], object]] = {
    "rows": _rows,
    "edits": _edit,
    "undo": _undo,
    "redo": _redo,
    "export": _export,
    "copy": lambda view, info: write_copy(view, STATIC),
}
