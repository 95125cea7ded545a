package store_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"respawn/tracker/store"
)

const diskEnv = "RESPAWN_STORE_TEST_DISK"

// A file system of 2 MB that runs full under the database, its log and its shared
// memory file: mounted where only a child process sees it.
func TestFullDiskLosesNothing(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOnASmallDisk$", "-test.v")
	cmd.Env = append(os.Environ(), diskEnv+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	switch {
	case strings.Contains(string(out), "MOUNT FAILED"), err != nil && len(out) == 0:
		t.Skipf("FULL DISK NOT TESTED: no file system could be mounted: %v %s", err, out)
	case err != nil || !strings.Contains(string(out), "--- PASS: TestOnASmallDisk"):
		t.Errorf("%v\n%s", err, out)
	}
}

// TestOnASmallDisk is the child of TestFullDiskLosesNothing.
func TestOnASmallDisk(t *testing.T) {
	dir := os.Getenv(diskEnv)
	if dir == "" {
		t.Skip("runs as a child of TestFullDiskLosesNothing")
	}
	// Keep the mount from spreading out of this namespace.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatalf("MOUNT FAILED: %v", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatalf("MOUNT FAILED: %v", err)
	}
	path := filepath.Join(dir, "respawn.db")
	s, err := store.Open(t.Context(), store.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	stored, err := fill(t, s)
	t.Logf("%d batches, then: %v", stored, err)
	checkFull(t, path, stored, err)
	// Room again, and the same open store goes on where it stopped.
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=16m"); err != nil {
		t.Fatal(err)
	}
	b, obs := crashBatch(1, stored)
	for _, again := range []bool{false, true} {
		if err := s.Tx(t.Context(), func(tx *store.Tx) error {
			a, err := tx.AppendBatch(t.Context(), b, obs)
			if a.New == again || !again && a.Stored != crashNames {
				t.Errorf("the same batch with room: %+v", a)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	checkFull(t, path, stored+1, store.ErrFull)
}
