/* The one place where glad's functions are defined; everybody else only declares them. */
#define GLAD_GL_IMPLEMENTATION
#include <glad/gl.h>
