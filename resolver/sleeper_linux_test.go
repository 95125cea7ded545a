package resolver

import (
	"os"
	"path/filepath"
	"testing"
)

// A wake that comes after the end of a sweep once wrote eight bytes into whatever
// file had been given the descriptor's number since: into an archived answer.
func TestAWakeAfterTheEndWritesIntoNobodysFile(t *testing.T) {
	s, err := newSleeper()
	if err != nil {
		t.Fatal(err)
	}
	was := s.event
	s.close()
	var files []*os.File
	found := false
	for i := 0; i < 64 && !found; i++ {
		f, err := os.Create(filepath.Join(t.TempDir(), "victim"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
		found = int(f.Fd()) == was
	}
	if !found {
		t.Skip("the number of the descriptor was not given out again")
	}
	s.wake()
	s.close() // once more does nothing, and must not close the victim
	for _, f := range files {
		if st, err := f.Stat(); err != nil || st.Size() != 0 {
			t.Fatalf("a file of somebody else has %v bytes, %v", st, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
