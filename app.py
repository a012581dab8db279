"""The WSGI application: `app:app`. `python app.py` serves it for development."""

import sys

from forum import create_app
from forum.config import SettingsError

try:
    app = create_app()
except SettingsError as error:
    sys.exit(str(error))

if __name__ == "__main__":
    app.run(host="127.0.0.1", port=8000, debug=True)
