package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// diskEnv tells the child of TestFullDisk where to mount its small disk.
const diskEnv = "RESPAWN_TEST_DISK"

// A disk that runs full in the middle of a scan: a file system of a few megabytes,
// mounted where only a child process sees it.
func TestFullDisk(t *testing.T) {
	t.Parallel()
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

// TestOnASmallDisk is the child of TestFullDisk.
func TestOnASmallDisk(t *testing.T) {
	disk := os.Getenv(diskEnv)
	if disk == "" {
		t.Skip("runs as a child of TestFullDisk")
	}
	// Keep the mount from spreading out of this namespace.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatalf("MOUNT FAILED: %v", err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=64m"); err != nil {
		t.Fatalf("MOUNT FAILED: %v", err)
	}
	calm := newHouse(t, exampleWorld, thrifty)
	small := newHouse(t, exampleWorld, thrifty, func(c *Config) { c.DataDir = filepath.Join(disk, "data") })
	calm.do(t, exitDone, "case", "add", calm.caseFile())
	if err := os.CopyFS(filepath.Join(disk, "data"), os.DirFS(filepath.Join(calm.dir, "respawn-data"))); err != nil {
		t.Fatal(err)
	}
	calm.do(t, exitDone, "scan", "--at", calm.night(5))
	small.do(t, exitDone, "scan", "--at", small.night(5))
	before := small.known(t)

	// Somebody else fills the disk but for a few pages.
	hog := filepath.Join(disk, "hog")
	fill(t, hog, 256<<10)
	at := small.night(6)
	s := respawn(t.Context(), nil, "--config", small.config, "--quiet", "scan", "--at", at)
	t.Logf("on a full disk: exit %d\n%s%s", s.code, s.out, s.stderr)
	if s.code != exitFailed || !strings.Contains(s.stderr, "no room left") && !strings.Contains(s.stderr, "no space left") {
		t.Errorf("exit %d, want 1 and a word about the disk:\n%s", s.code, s.stderr)
	}
	if s := respawn(t.Context(), nil, "--config", small.config, "sites"); s.code != exitDone {
		t.Errorf("reading on a full disk: %s", s.stderr)
	}
	if after := small.known(t); after != before {
		t.Errorf("a scan that found no room left something behind:\n%s", firstDifference(before, after))
	}

	// Room again: the scan is taken up where it was, and nothing is missing.
	if err := os.Remove(hog); err != nil {
		t.Fatal(err)
	}
	small.do(t, exitDone, "scan", "--at", at)
	calm.do(t, exitDone, "scan", "--at", calm.night(6))
	if want, got := calm.known(t), small.known(t); want != got {
		t.Errorf("what is known after a full disk is not what is known without:\n%s", firstDifference(want, got))
	}
	if out := small.do(t, exitDone, "evidence", "verify"); !strings.Contains(out, "whole") {
		t.Error(out)
	}
}

// fill writes a file until no more than leave bytes are free beside it.
func fill(t *testing.T, name string, leave int64) {
	t.Helper()
	var st syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(name), &st); err != nil {
		t.Fatal(err)
	}
	n := int64(st.Bavail)*st.Bsize - leave
	if err := os.WriteFile(name, make([]byte, max(0, n)), 0o600); err != nil {
		t.Fatal(err)
	}
}
