"""llama.cpp's HTTP server on a file of weights (GGUF), through the package `xllamacpp`: the CPU engine of `pulpo up`.

Run as a file by the environment that has the package (requirements/llama.txt); imports nothing of ours.

    python llama_server.py WEIGHTS.gguf --served-model-name NAME --host 127.0.0.1 --port 8000 --context 4096

Speaks the OpenAI chat API under /v1, with /health and /metrics, until SIGTERM or SIGINT.
"""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

LEAST_CONTEXT, MOST_CONTEXT = 512, 131_072


def parse(arguments: list[str]) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, help="file of weights")
    parser.add_argument("--served-model-name", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--context", type=int, default=4096, help="tokens of one request, prompt and answer")
    parser.add_argument("--parallel", type=int, default=2, help="requests at once; each has its own context")
    parser.add_argument("--threads", type=int, default=0, help="0: as many as this process may use")
    parser.add_argument("--prompts-mib", type=int, default=1024, help="memory for heads of prompts that wait, MiB")
    told = parser.parse_args(arguments)
    if not told.weights.is_file():
        parser.error(f"{told.weights}: expected a file of weights")
    if not LEAST_CONTEXT <= told.context <= MOST_CONTEXT or not 1 <= told.parallel <= 64:
        parser.error("expected --context from 512 to 131072 and --parallel from 1 to 64")
    return told


def serve(told: argparse.Namespace) -> None:
    """Loads the weights and serves until told to stop."""
    import xllamacpp

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = told.threads or len(os.sched_getaffinity(0))
    params = xllamacpp.CommonParams()
    params.model.path = str(told.weights)
    params.model_alias = {told.served_model_name}
    params.hostnames, params.port = [told.host], told.port
    params.n_ctx, params.n_parallel = told.context * told.parallel, told.parallel
    params.n_batch, params.n_ubatch = 512, 512
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.cache_ram_mib = told.prompts_mib
    params.endpoint_metrics, params.ui, params.warmup = True, False, True
    params.cors_origins, params.cors_origins_explicit, params.cors_credentials = "", True, False
    if key := os.environ.get("LLAMA_API_KEY"):
        params.api_keys = [key]
    server = xllamacpp.Server(params)
    print(f"serving {told.served_model_name} at {server.listening_address}", flush=True)
    stop.wait()
    del server


if __name__ == "__main__":
    serve(parse(sys.argv[1:]))
