package imports

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"keur/internal/fault"
	"keur/internal/postgres"
)

// job is an import of an upload under way, or how it ended.
type job struct {
	cancel   context.CancelFunc
	progress Progress
	dry      bool
	running  bool
	err      error
}

// Start imports an upload, or with dry does everything and keeps nothing. It
// returns at once; the work goes on as who acts in ctx. An import that was
// stopped goes on where it was. Returns a fault if its options are wrong, or if
// it is running or done already.
func (u *Uploads) Start(ctx context.Context, id int64, dry bool) error {
	up, err := u.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := u.mayStart(ctx, up, dry); err != nil {
		return err
	}
	file, err := os.Open(u.path(up, "file"))
	if err != nil {
		return goneFile(err)
	}
	working, cancel := context.WithCancel(postgres.WithActor(u.open, postgres.Actor(ctx)))
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := u.jobs[id]; u.stopped || now != nil && now.running {
		cancel()
		_ = file.Close()
		return fault.New(fault.Conflict, "this file is being imported already")
	}
	j := &job{cancel: cancel, dry: dry, running: true, progress: Progress{Reading: true}}
	u.jobs[id] = j
	u.running.Go(func() {
		defer cancel()
		defer func() { _ = file.Close() }()
		done, err := u.work(working, up, j, file)
		u.mu.Lock()
		defer u.mu.Unlock()
		j.running, j.err, j.progress = false, err, Progress{Import: done}
	})
	return nil
}

func (u *Uploads) mayStart(ctx context.Context, up Upload, dry bool) error {
	if up.ImportID != nil {
		before, err := u.importer.Import(ctx, *up.ImportID)
		if err != nil {
			return err
		}
		if dry || before.State == "finished" {
			return fault.New(fault.Conflict, "this file is imported already")
		}
	}
	return up.Options.Check(u.clock.Now())
}

// work imports the file and keeps what became of it.
func (u *Uploads) work(ctx context.Context, up Upload, j *job, file io.ReadSeeker) (Import, error) {
	rejects, err := os.OpenFile(u.path(up, "rejects"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return Import{}, fmt.Errorf("file for rejects: %w", err)
	}
	out := csv.NewWriter(rejects)
	options := up.Options
	options.DryRun = j.dry
	options.Rejects = func(r Reject) error { return out.Write([]string{strconv.FormatInt(r.Row, 10), r.Column, r.Reason}) }
	var noted error
	known := up.ImportID != nil
	done, err := u.importer.Run(ctx, options, file, func(p Progress) {
		if p.ID != 0 && !known && noted == nil { // before the first row is in
			noted = u.began(ctx, up.ID, p.ID)
			known = true
		}
		u.mu.Lock()
		j.progress = p
		u.mu.Unlock()
	})
	out.Flush()
	err = errors.Join(err, noted, out.Error(), rejects.Close())
	switch {
	case err != nil:
	case j.dry:
		err = u.rehearsed(ctx, up.ID, done)
	default: // members' data doesn't stay about
		err = errors.Join(os.Remove(u.path(up, "file")), os.Remove(u.path(up, "sample")))
	}
	return done, err
}

// Work is the import of an upload in this process: under way, or ended.
type Work struct {
	Progress
	Dry, Running bool
	Err          error // how it failed, if it did
}

// Work returns where the import of an upload is.
func (u *Uploads) Work(id int64) Work {
	u.mu.Lock()
	defer u.mu.Unlock()
	j := u.jobs[id]
	if j == nil {
		return Work{}
	}
	return Work{Progress: j.progress, Dry: j.dry, Running: j.running, Err: j.err}
}

// Cancel stops the import of an upload. The rows that are in stay, and Start
// goes on after them.
func (u *Uploads) Cancel(id int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if j := u.jobs[id]; j != nil {
		j.cancel()
	}
}

// RejectsFile returns what the last run of an upload left out, as CSV of row,
// column and reason. Returns not found if there was none here.
func (u *Uploads) RejectsFile(up Upload) (io.ReadCloser, error) {
	file, err := os.Open(u.path(up, "rejects"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(err, fault.NotFound, "what was left out isn't kept here any more")
	}
	if err != nil {
		return nil, fmt.Errorf("file of rejects: %w", err)
	}
	return file, nil
}
