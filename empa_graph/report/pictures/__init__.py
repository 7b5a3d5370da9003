"""The pictures of a report as Vega-Lite specifications: plain data, drawn alike in the page, the viewer and files."""
