/* For local variables that are large and written before they are read, on ways that are hot: where the compiler clears
 * all variables first (-ftrivial-auto-var-init), these are left as they are. */
#ifndef SLUICE_BASE_NOT_CLEARED_H
#define SLUICE_BASE_NOT_CLEARED_H

#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define NOT_CLEARED __attribute__((uninitialized))
#endif
#endif
#ifndef NOT_CLEARED
#define NOT_CLEARED
#endif

#endif
