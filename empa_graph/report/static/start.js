// Begins the page of a file; one that is served begins with its own source of data.
"use strict";
empa.start();
