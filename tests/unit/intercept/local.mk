# Unit tests of src/intercept.
