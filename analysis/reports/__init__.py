"""The batch engine: runs parameterised notebooks, renders them and builds the static site.

It knows notebooks and knows no subject; nothing of `analysis` outside this
folder is imported here.
"""

import sys

# With JupyterLab installed, jsonschema finds rfc3987_syntax and compiles its
# IRI grammar whenever nbformat is imported: a second and more for every
# process of a batch. None makes that import fail, and what is lost is a format
# check of IRIs that no notebook needs. It stands here, and not beside the first
# import of nbformat, because this file runs before every module of the package.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
