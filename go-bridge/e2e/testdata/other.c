/* A library that has only the name. */
int nothing(void) { return 0; }
