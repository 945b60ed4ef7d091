"""ebond keeps two companies' tickets on the same incident in step, through their API gateways."""

from importlib.metadata import version

__version__ = version("ebond")
