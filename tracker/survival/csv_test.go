package survival

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestReadCSV(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		name, in string
		want     []Row
	}{
		{"the two required columns", "left,right\n1,2\n3,3\n4,\n",
			[]Row{{Left: 1, Right: 2, Group: "all"}, {Left: 3, Right: 3, Group: "all"}, {Left: 4, Right: inf, Group: "all"}}},
		{"any order, blanks and a byte order mark", "\ufeffGroup, entry ,right,Left\nown-brand, 0.5, 7 ,3\nspoof,,,90\n",
			[]Row{{Left: 3, Right: 7, Entry: .5, Group: "own-brand"}, {Left: 90, Right: inf, Group: "spoof"}}},
		{"as a spreadsheet writes it: a byte order mark, quotes and CRLF", "\ufeff\"right\",\"left\",\"group\"\r\n\"5\",\"3\",\"a, \"\"b\"\"\"\r\n,0,c\r\n",
			[]Row{{Left: 3, Right: 5, Group: `a, "b"`}, {Left: 0, Right: inf, Group: "c"}}},
		{"R's ways to write no entry", "left,right,entry\n1,2,NA\n2,2,1\n", []Row{{Left: 1, Right: 2, Group: "all"}, {Left: 2, Right: 2, Entry: 1, Group: "all"}}},
		{"R's ways to write an open right", "left,right\n1,Inf\n2,NA\n",
			[]Row{{Left: 1, Right: inf, Group: "all"}, {Left: 2, Right: inf, Group: "all"}}},
		{"weights and causes", "left,right,weight,cause\n1,1,2.5,seized\n2,2,,\n",
			[]Row{{Left: 1, Right: 1, Weight: 2.5, Cause: "seized", Group: "all"}, {Left: 2, Right: 2, Group: "all"}}},
		{"a table without rows", "left,right\n", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ReadCSV(strings.NewReader(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestReadCSVRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"an empty file", "", "line 1: no header: want the columns left,right[,group][,entry]"},
		{"a table without right", "left,group\n1,a\n", "line 1: the columns left and right are required"},
		{"a misspelt column", "left,right,entrry\n1,2,0\n", `line 1: column "entrry" is none of left, right, group, entry, weight, cause`},
		{"a column twice", "left,right,left\n1,2,3\n", `line 1: column "left" occurs twice`},
		{"an end before its start", "left,right\n5,3\n", "line 2: right 3 is before left 5"},
		{"a word", "left,right\nsoon,3\n", `line 2: left "soon" is not a number`},
		{"no left", "left,right\n,3\n", "line 2: left is empty: write 0 where all that is known is that the end came by right"},
		{"an infinite left", "left,right\ninf,\n", `line 2: left "inf" is not a number`},
		{"not a number", "left,right\n1,nan\n", `line 2: right "nan" is not a number`},
		{"a negative time", "left,right\n-1,3\n", "line 2: left -1 is negative"},
		{"a row that ended before it was watched", "left,right,entry\n1,3,3\n", "line 2: entry 3 is not before the end 3: it would not be in the table"},
		{"a row that was never watched", "left,right,entry\n1,,2\n", "line 2: entry 2 is not before the last sighting 1: it was never watched"},
		{"no group where groups are given", "left,right,group\n1,3,\n", "line 2: group is empty"},
		{"a weight of nothing", "left,right,weight\n1,3,0\n", "line 2: weight 0 is not positive"},
		{"a short row", "left,right,group\n1,3\n", "line 2: 2 fields, the header has 3"},
		{"a header that is no CSV", "left,\"right\n1,2\n", `line 1: extraneous or missing " in quoted-field`},
		{"a stray quote", "left,right\n1,2\"\n", `line 2: bare " in non-quoted-field`},
		{"each of several", "left,right\n1,2\nx,\n3,2\n4,\n", "line 3: left \"x\" is not a number\nline 4: right 2 is before left 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadCSV(strings.NewReader(tt.in))
			if err == nil || err.Error() != tt.want {
				t.Fatalf("got %v, want %s", err, tt.want)
			}
			if _, ok := errors.AsType[*RowError](err); !ok {
				t.Errorf("%T carries no line", err)
			}
		})
	}
}

func TestReadCSVKeepsTheGoodRows(t *testing.T) {
	rows, err := ReadCSV(strings.NewReader("left,right\n1,2\nx,\n4,\n"))
	if err == nil || len(rows) != 2 {
		t.Errorf("got %d rows and %v, want 2 rows and an error", len(rows), err)
	}
}

func TestReadCSVPassesOnAFailingReader(t *testing.T) {
	broken := errors.New("disk gone")
	for _, in := range []string{"", "left,right\n1,2\n"} {
		rows, err := ReadCSV(failing{strings.NewReader(in), broken})
		if !errors.Is(err, broken) || rows != nil {
			t.Errorf("after %q: got %v, %v", in, rows, err)
		}
	}
}

// failing gives what r has and then err instead of the end.
type failing struct {
	r   *strings.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	if f.r.Len() == 0 {
		return 0, f.err
	}
	return f.r.Read(p)
}

// FuzzReadCSV holds that whatever is read can be written and read again
// unchanged, and that every estimator accepts it.
func FuzzReadCSV(f *testing.F) {
	for _, s := range []string{
		"left,right\n1,2\n3,3\n4,\n", "group,left,right,entry\na,1,5,.5\nb,2,,1\n", "left,right,weight,cause\n1,1,2,x\n",
		"left,right\n0,0\n0,\n", "left,right\n1e300,1e301\n1e-300,2e-300\n", "\ufeffleft,right\n\"1\",\"\"\n", "left,right\n1,2,3\n\"", "",
		"left,right,entry\n4,9,\n8,8,6\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		rows, _ := ReadCSV(strings.NewReader(in))
		var b bytes.Buffer
		if err := WriteCSV(&b, rows); err != nil {
			t.Fatal(err)
		}
		again, err := ReadCSV(&b)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, b.String())
		}
		for i := range rows {
			rows[i].Weight = rows[i].weight()
		}
		for i := range again {
			again[i].Weight = again[i].weight()
		}
		if !slices.Equal(rows, again) {
			t.Fatalf("%+v came back as %+v", rows, again)
		}
		if len(rows) > 200 {
			return
		}
		if _, err := Summarize(rows); err != nil && !errors.Is(err, ErrNotConverged) && len(rows) > 0 {
			t.Fatal(err)
		}
	})
}
