import os

from tour import platform_for, tour

tour(platform_for(), jwt=os.environ["RC_JWT"])
