"""Makes the same call many times and prints one line: calls, wall time and processor time in nanoseconds.

For `cargo xtask bench sdk`; the same as tests/load does with the Rust SDK.
"""

import os
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

from ringcentral import SDK

warnings.filterwarnings("ignore")

PATH = "/restapi/v1.0/account/~/extension/~"


def run(platform, calls, at_once):
    def one(_):
        extension = platform.get(PATH).json_dict()
        assert isinstance(extension["id"], int), "an answer without an id"

    if at_once == 1:
        for n in range(calls):
            one(n)
        return
    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(one, range(calls)):
            pass


def main():
    calls, at_once = map(int, sys.argv[1:])
    env = os.environ
    platform = SDK(env["RC_CLIENT_ID"], env["RC_CLIENT_SECRET"], env["RC_SERVER_URL"]).platform()
    platform.login(jwt=env["RC_JWT"])
    run(platform, 100, at_once)
    began, used = time.perf_counter_ns(), time.process_time_ns()
    run(platform, calls, at_once)
    print(calls, time.perf_counter_ns() - began, time.process_time_ns() - used, 0, 0)


main()
