"""The interactive documentation, whole: its scripts come from the package, not from elsewhere."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import Response

from shared.problems import problem

_ASSETS: Final = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}


def mount(app: FastAPI, *, service: str) -> None:
    """Serve ``/<service>/docs`` and what the page needs, so that it works without a way out."""
    base = f"/{service}/docs"
    page = get_swagger_ui_html(
        openapi_url=f"/{service}/openapi.json",
        title=app.title,
        swagger_js_url=f"{base}/swagger-ui-bundle.js",
        swagger_css_url=f"{base}/swagger-ui.css",
        swagger_favicon_url=f"{base}/favicon.png",
        swagger_ui_parameters={"persistAuthorization": True, "docExpansion": "none"},
    )

    async def docs(_: Request) -> Response:
        return page

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            return problem(404, "The documentation has no such file.", instance=request.url.path)
        # Read from the page cache each time: the file is asked for once per visitor, if that.
        content = (files("fastapi_offline") / "static" / name).read_bytes()
        return Response(content, media_type=_ASSETS[name])

    app.add_route(base, docs, include_in_schema=False)
    app.add_route(f"{base}/{{name}}", asset, include_in_schema=False)
