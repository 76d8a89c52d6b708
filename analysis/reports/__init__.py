"""The matrix of reports, their execution, rendering and the site; knows notebooks, knows no subject."""
