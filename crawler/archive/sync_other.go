//go:build !linux

package archive

import "errors"

// syncAll is for systems that sync a whole file system in one call.
func syncAll(string) error { return errors.ErrUnsupported }
