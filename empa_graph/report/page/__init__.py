"""All figures of a report, made in one place: the page, the viewer and the pictures show these and count nothing."""
