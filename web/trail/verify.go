package trail

import (
	"encoding/hex"
	"sync"
	"time"

	"keur/approval"
	"keur/internal/paging"
	"keur/internal/words"
	"keur/web/desk"
)

// walk is one way through the audit trail, which somebody watches.
type walk struct {
	mu    sync.Mutex
	at    int64
	done  bool
	last  string
	fault words.Message
	err   error
}

// walkView is how far a walk is.
type walkView struct {
	At, Of int64
	Done   bool
	Last   string // hash of the last entry
	Fault  words.Message
}

func (w *walk) view(of int64) (walkView, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return walkView{At: w.at, Of: max(of, w.at), Done: w.done, Last: w.last, Fault: w.fault}, w.err
}

// step notes how far it is.
func (w *walk) step(e approval.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = e.Seq
}

// end notes what it came to. A broken trail is no error here: it is told.
func (w *walk) end(n int64, last []byte, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done, w.last = true, hex.EncodeToString(last)
	if problem, ok := desk.AsFault(err); ok {
		w.at, w.fault = n, problem.Message
		return
	}
	w.err = err
}

// length is how many entries the trail has: they are numbered without gaps.
func (s *Screen) length(x *desk.Exchange) (int64, error) {
	page, err := s.Approval.Audit(x.Context(), approval.AuditFilter{}, paging.Ask{Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return 0, err
	}
	return page.Items[0].Seq, nil
}

// verifyAudit shows the walk; without script, once it is done.
func (s *Screen) verifyAudit(x *desk.Exchange) error {
	of, err := s.length(x)
	if err != nil {
		return err
	}
	if x.Query("wait") == "" {
		return x.Show("trail/verify", walkView{Of: of})
	}
	w := &walk{}
	n, last, err := s.Approval.VerifyAudit(x.Context(), w.step)
	w.end(n, last, err)
	view, err := w.view(of)
	if err != nil {
		return err
	}
	return x.Show("trail/verify", view)
}

// verifyAuditLive walks through the trail while the page is open; leaving it
// cancels the walk.
func (s *Screen) verifyAuditLive(x *desk.Exchange) error {
	of, err := s.length(x)
	if err != nil {
		return err
	}
	w := &walk{}
	ctx := x.Context()
	go func() { w.end(s.Approval.VerifyAudit(ctx, w.step)) }()
	return desk.Live(x, 250*time.Millisecond, func() (string, error) {
		view, err := w.view(of)
		if err != nil {
			return "", err
		}
		return x.Render("trail/verify", "walk", view)
	})
}
