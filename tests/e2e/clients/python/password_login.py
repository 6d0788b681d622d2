import os

from tour import platform_for, tour

tour(
    platform_for(),
    username=os.environ["RC_USERNAME"],
    extension=os.environ["RC_EXTENSION"],
    password=os.environ["RC_PASSWORD"],
)
