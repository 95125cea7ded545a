package feed

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

func TestLogListGivesTheLogsThatGrow(t *testing.T) {
	l := newFakeLog(t, true)
	key := l.publicKey()
	log := func(name, state, until string) string {
		return fmt.Sprintf(`{"description":%q,"key":%q,"url":"https://%[1]s.example/","state":{%[3]q:{"timestamp":"2024-01-01T00:00:00Z"}},"temporal_interval":{"start_inclusive":"2024-01-01T00:00:00Z","end_exclusive":%[4]q}}`, name, key, state, until)
	}
	list := `{"version":"1","operators":[null,{"name":"op","email":[],"logs":[null,` +
		log("usable", "usable", "2025-01-01T00:00:00Z") + "," + log("qualified", "qualified", "2025-01-01T00:00:00Z") + "," +
		log("over", "usable", "2024-06-01T00:00:00Z") + "," + log("retired", "retired", "2025-01-01T00:00:00Z") + "," +
		`{"description":"no state","key":"` + key + `","url":"https://x.example/"},{"description":"no key","key":"AAAA","url":"https://x.example/","state":{"usable":{}}}],` +
		`"tiled_logs":[{"description":"tiled","key":"` + key + `","submission_url":"https://log.example/2024h2/","monitoring_url":"https://mon.example/2024h2/","state":{"usable":{"timestamp":"2024-01-01T00:00:00Z"}}}]}]}`
	got, err := ParseLogList([]byte(list), time.Date(2024, 9, 4, 0, 0, 0, 0, time.UTC))
	want := []ListedLog{
		{Name: "usable", URL: "https://usable.example/", Key: key},
		{Name: "qualified", URL: "https://qualified.example/", Key: key},
		{Name: "tiled", URL: "https://mon.example/2024h2/", Key: key, Tiled: true, Origin: "log.example/2024h2"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%+v %v", got, err)
	}
	if _, err := ParseLogList([]byte("<html>"), time.Time{}); err == nil {
		t.Error("a web page passed for a log list")
	}
	// What the list says is what the sources take.
	if _, err := NewTiles(TilesConfig{Name: got[2].Name, URL: got[2].URL, Key: got[2].Key, Origin: got[2].Origin, Client: l.Client()}); err != nil {
		t.Error(err)
	}
}
