/** Preloaded by `.taprc`, and by every process that a test starts. */
import '../launch/quick-imports.js'
