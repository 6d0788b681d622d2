"""Authorization code: prints where to log in, is told where the browser was sent back to, and goes on from there."""

import os
from urllib.parse import parse_qs, urlencode, urlsplit

from tour import platform_for, say, tour

platform = platform_for()
redirect_uri = os.environ["RC_REDIRECT_URL"]
# The address is put together by hand, as in the tutorial: this SDK's own `login_url` raises a NameError.
query = {
    "response_type": "code",
    "client_id": os.environ["RC_CLIENT_ID"],
    "redirect_uri": redirect_uri,
    "state": "initialState",
}
say("authorize", url=platform.create_url("/restapi/oauth/authorize", add_server=True) + "?" + urlencode(query))
redirect = parse_qs(urlsplit(input()).query)
say("redirect", state=redirect["state"][0], parameters=sorted(redirect))
tour(platform, code=redirect["code"][0], redirect_uri=redirect_uri)
