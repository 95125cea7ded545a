//go:build !unix

package crawler

import "os/exec"

// ownGroup does nothing: there are no process groups, and chromedp ends the
// program by itself.
func ownGroup(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}
