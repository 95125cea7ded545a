package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// patience is how many seconds a server may take to start or stop. One that does
// not start in time would go untested.
const patience = "600"

// A Server is a Postgres server of the test's own.
type Server struct {
	dir  string
	made atomic.Int64
}

// Postgres starts a server from Debian's packages that listens on a socket in a
// temporary folder and nowhere else, and stops it after the test. Where that
// cannot be, the test is skipped, loudly: then Postgres has not been tested.
func Postgres(t testing.TB) *Server {
	t.Helper()
	skip := func(format string, args ...any) {
		t.Helper()
		t.Skipf("POSTGRES NOT TESTED: "+format+" (apt-get install postgresql)", args...)
	}
	bins, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(bins) == 0 {
		skip("no server is installed")
	}
	bin := filepath.Dir(bins[len(bins)-1])
	dir, err := os.MkdirTemp("", "pg") // short: the path of a socket has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	var as *syscall.Credential
	if os.Getuid() == 0 { // the server refuses to run as root
		u, err := user.Lookup("postgres")
		if err != nil {
			skip("%v", err)
		}
		uid, _ := strconv.ParseUint(u.Uid, 10, 32)
		gid, _ := strconv.ParseUint(u.Gid, 10, 32)
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			skip("%v", err)
		}
		as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	run := func(name string, args ...string) error {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(bin, name), args...)
		cmd.Dir = dir
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		// The server inherits this file; a pipe would keep Wait waiting for it.
		out, err := os.CreateTemp(t.TempDir(), name)
		if err != nil {
			return err
		}
		defer out.Close()
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Run(); err != nil {
			said, _ := os.ReadFile(out.Name())
			return fmt.Errorf("%s: %w: %s", name, err, said)
		}
		return nil
	}
	data := filepath.Join(dir, "data")
	if err := run("initdb", "-D", data, "-A", "trust", "-U", "respawn", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		skip("%v", err)
	}
	if err := run("pg_ctl", "-D", data, "-w", "-t", patience, "-l", filepath.Join(dir, "log"), "-o",
		"-k "+dir+" -c listen_addresses='' -c fsync=off -c synchronous_commit=off -c max_connections=200", "start"); err != nil {
		skip("%v", err)
	}
	t.Cleanup(func() {
		if err := run("pg_ctl", "-D", data, "-w", "-t", patience, "-m", "immediate", "stop"); err != nil {
			t.Error(err)
		}
	})
	return &Server{dir: dir}
}

// NewDatabase makes an empty schema and returns the URL of a database in which
// there is nothing else. (A schema takes a tenth of the time of a database.)
func (s *Server) NewDatabase(t testing.TB) string {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, s.url("public"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	name := fmt.Sprintf("test%d", s.made.Add(1))
	if _, err := conn.Exec(ctx, "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}

func (s *Server) url(schema string) string {
	return (&url.URL{Scheme: "postgres", User: url.User("respawn"), Path: "/postgres",
		RawQuery: url.Values{"host": {s.dir}, "search_path": {schema}}.Encode()}).String()
}
