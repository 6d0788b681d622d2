"""Two clients with one refresh token, at the same moment; and 429, which this SDK leaves to its caller."""

import os
from concurrent.futures import ThreadPoolExecutor

from tour import failure, platform_for, say

PATH = "/restapi/v1.0/account/~/extension/~"

first = platform_for()
first.login(jwt=os.environ["RC_JWT"])
platforms = [first]
for _ in range(2):
    platform = platform_for()
    platform.auth().set_data(dict(first.auth().data()))
    platforms.append(platform)
with ThreadPoolExecutor(len(platforms)) as pool:
    list(pool.map(lambda platform: platform.refresh(), platforms))
pairs = {(platform.auth().data()["access_token"], platform.auth().data()["refresh_token"]) for platform in platforms}
say("raced", samePair=len(pairs) == 1, statuses=[platform.get(PATH).response().status_code for platform in platforms])

refused = {"failed": False}
for _ in range(60):
    refused = failure(lambda: first.get(PATH))
    if refused["failed"]:
        break
say("limited", **refused)
