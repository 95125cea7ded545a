// Package archtest holds the rules of the house as ordinary tests: who may
// import whom, which packages stay pure, that every package says what it is for,
// and that sockets are opened behind one door. It reads the source files of the
// module and nothing else; it has no code of its own outside the tests.
package archtest
