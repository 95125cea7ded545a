//go:build race

package lifecycle

// raced says that the race detector slows the tests down tenfold.
const raced = true
