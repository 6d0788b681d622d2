"""An app without a secret: PKCE, and Basic with an empty password, which is how this SDK says that it has none."""

import base64
import hashlib
import os
from urllib.parse import parse_qs, urlencode, urlparse

from tour import platform_for, say, tour

verifier = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
query = urlencode(
    {
        "response_type": "code",
        "client_id": os.environ["RC_PUBLIC_CLIENT_ID"],
        "redirect_uri": os.environ["RC_REDIRECT_URL"],
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "state": "initialState",
    }
)
say("authorize", url=f"{os.environ['RC_SERVER_URL']}/restapi/oauth/authorize?{query}")
code = parse_qs(urlparse(input()).query)["code"][0]
platform = platform_for(RC_CLIENT_ID=os.environ["RC_PUBLIC_CLIENT_ID"], RC_CLIENT_SECRET="")
tour(platform, code=code, redirect_uri=os.environ["RC_REDIRECT_URL"], verifier=verifier)
