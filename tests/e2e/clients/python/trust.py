"""One call by https: Python trusts the emulator's authority by REQUESTS_CA_BUNDLE, or does not."""

import os

from tour import platform_for, say

try:
    platform = platform_for()
    platform.login(jwt=os.environ["RC_JWT"])
    me = platform.get("/restapi/v1.0/account/~/extension/~").json_dict()
    say("trusts", me=me["extensionNumber"], uri=me["uri"])
except Exception as error:
    # The SDK's own words are few; what it met is behind them.
    causes = []
    while error:
        causes.append(str(error))
        error = error.__cause__ or error.__context__
    say("trusts", error=": ".join(causes))
