"""Changes to jsii's class that runs Node: the environment it starts in, and the thread that waits for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import wraps
from typing import Any

from fast_bindings.node import kernel_environment


def patch(module: Any, prepare: Callable[[], None]) -> None:
    """Let Node start with the hook, and load its side of cdktf while Python imports its own.

    Stock jsii waits for Node to start and for each assembly to load before Python goes on. The answers to both aren't
    used, so here a thread waits for them, and any other request waits for that thread. Requests and answers keep their
    order, and only one thread talks to Node at a time, because jsii isn't thread-safe. An error of the load is raised
    by the next request.
    """
    process, load_request, load_response = module._NodeProcess, module.LoadRequest, module.LoadResponse
    stock_start, stock_handshake, stock_send = process.start, process.handshake, process.send
    background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fast_bindings")
    pending: list[Future[Any]] = []

    @wraps(stock_start)
    def start(self: Any) -> None:
        prepare()
        with kernel_environment():
            stock_start(self)

    @wraps(stock_handshake)
    def handshake(self: Any) -> None:
        pending.append(background.submit(stock_handshake, self))

    @wraps(stock_send)
    def send(self: Any, request: Any, response_type: Any) -> Any:
        if isinstance(request, load_request):
            pending.append(background.submit(stock_send, self, request, response_type))
            return load_response(assembly=request.name, types=0)
        while pending:
            pending.pop(0).result()
        return stock_send(self, request, response_type)

    process.start, process.handshake, process.send = start, handshake, send
