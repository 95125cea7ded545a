package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"sync"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// River's SQLite driver carries notifications in a table that every listener
// reads every 50 ms, each time through the one write connection. On SQLite there
// is one process, which knows itself when it has committed jobs; so the driver
// below writes no notifications and listens to that process instead.

// localDriver is River's SQLite driver with our listener in place of its own.
type localDriver struct {
	*riversqlite.Driver
	listener *wakeListener
}

func newLocalDriver(db *sql.DB) *localDriver {
	return &localDriver{Driver: riversqlite.New(db), listener: newWakeListener()}
}

// GetListener implements riverdriver.Driver.
func (d *localDriver) GetListener(*riverdriver.GetListenenerParams) riverdriver.Listener {
	return d.listener
}

// SupportsListenNotify implements riverdriver.Driver: nothing is written to the
// notification table.
func (d *localDriver) SupportsListenNotify() bool { return false }

// insertTopic is the topic under which River's producers wait for new jobs.
const insertTopic = "river_insert"

// A wakeListener hands River the names of queues that have new jobs. It keeps
// each name once, so it can neither overflow nor block a committer.
type wakeListener struct {
	mu      sync.Mutex
	pending map[string]bool
	ready   chan struct{} // holds one token while pending is not empty
}

var _ riverdriver.Listener = (*wakeListener)(nil)

func newWakeListener() *wakeListener {
	return &wakeListener{pending: map[string]bool{}, ready: make(chan struct{}, 1)}
}

// insert tells the workers of a queue that jobs for them were committed.
func (l *wakeListener) insert(queue string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pending[queue] = true
	l.token()
}

// token leaves the token; the caller holds mu.
func (l *wakeListener) token() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// WaitForNotification implements riverdriver.Listener.
func (l *wakeListener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.ready:
		}
		if n := l.take(); n != nil {
			return n, nil
		}
	}
}

func (l *wakeListener) take() *riverdriver.Notification {
	l.mu.Lock()
	defer l.mu.Unlock()
	for queue := range l.pending {
		delete(l.pending, queue)
		if len(l.pending) > 0 {
			l.token()
		}
		b, _ := json.Marshal(map[string]string{"queue": queue}) // strings always have JSON
		return &riverdriver.Notification{Topic: insertTopic, Payload: string(b)}
	}
	return nil
}

// The rest of riverdriver.Listener has nothing to do without a connection.

func (l *wakeListener) Close(context.Context) error            { return nil }
func (l *wakeListener) Connect(context.Context) error          { return nil }
func (l *wakeListener) Listen(context.Context, string) error   { return nil }
func (l *wakeListener) Ping(context.Context) error             { return nil }
func (l *wakeListener) Schema() string                         { return "" }
func (l *wakeListener) SetAfterConnectExec(string)             {}
func (l *wakeListener) Unlisten(context.Context, string) error { return nil }
