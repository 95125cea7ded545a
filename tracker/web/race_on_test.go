//go:build race

package web_test

const raceEnabled = true // the race detector makes all times ten times what they are
