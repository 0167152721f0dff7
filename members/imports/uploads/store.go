// Package uploads keeps files of members that were handed in until they are
// imported, and runs their imports.
package uploads

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
	"keur/members/imports"
)

// keepUploads is how long a file that nobody imports stays.
const keepUploads = 7 * 24 * time.Hour

// Store takes files of members in, keeps them in a folder until they are
// imported, and runs their imports, which go on when the page that began them is
// closed. One whose process dies goes on when it is started again.
type Store struct {
	importer *imports.Importer
	db       *sqlx.DB
	clock    clock.Clock
	folder   string

	open    context.Context // until Stop
	stop    context.CancelFunc
	running sync.WaitGroup
	mu      sync.Mutex // guards what follows
	stopped bool
	jobs    map[int64]*job // by upload; those that ended stay, to be asked about
}

// NewStore returns uploads that are kept in folder, which only this account may
// read: it is made when the first one comes. importer imports them.
func NewStore(db *sqlx.DB, clk clock.Clock, importer *imports.Importer, folder string) *Store {
	open, stop := context.WithCancel(context.Background())
	return &Store{
		importer: importer, db: db, clock: clk, folder: folder,
		open: open, stop: stop, jobs: map[int64]*job{},
	}
}

// Stop cancels what is being imported and waits until it has noted how far it
// came.
func (s *Store) Stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.stop()
	s.running.Wait()
}

// Keep takes a file in as it arrives. Returns an invalid fault if it is no table.
func (s *Store) Keep(ctx context.Context, label labels.ID, name string, file io.Reader) (Upload, error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return Upload{}, fmt.Errorf("folder of uploads: %w", err)
	}
	if err := s.deleteOld(ctx); err != nil {
		return Upload{}, err
	}
	up := Upload{
		Label: label, FileName: filepath.Base(name), key: rand.Text(), CreatedAt: s.clock.Now(),
		Options: imports.Options{Declare: true, Source: "import"},
	}
	err := s.write(&up, file)
	if err == nil {
		err = s.insert(ctx, &up)
	}
	if err != nil {
		return Upload{}, errors.Join(err, s.erase(up))
	}
	return s.Get(ctx, up.ID)
}

// write puts the bytes of an upload and its sample into the folder.
func (s *Store) write(up *Upload, from io.Reader) error {
	file, err := os.OpenFile(s.path(*up, "file"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep an upload: %w", err)
	}
	defer func() { _ = file.Close() }()
	if up.Size, err = io.Copy(file, from); err != nil {
		return fault.Wrap(err, fault.Invalid, "members.upload_incomplete")
	}
	if up.Size == 0 {
		return fault.New(fault.Invalid, "input.file_empty")
	}
	sample, err := os.OpenFile(s.path(*up, "sample"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep a sample: %w", err)
	}
	return errors.Join(imports.WriteSample(file, sample), sample.Close())
}

// Remove forgets an upload that isn't being imported.
func (s *Store) Remove(ctx context.Context, id int64) error {
	up, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if s.Work(id).Running {
		return fault.New(fault.Conflict, "members.import_running_cancel")
	}
	return errors.Join(s.erase(up), s.forget(ctx, up.ID))
}

func (s *Store) forget(ctx context.Context, id int64) error {
	_, err := postgres.Exec(ctx, s.db, `DELETE FROM import_uploads WHERE id = $1`, id)
	return postgres.Fault(err, "thing.upload", "id", id)
}

// deleteOld removes what lay too long: a file of members mustn't stay about.
func (s *Store) deleteOld(ctx context.Context) error {
	old, err := s.list(ctx, `SELECT `+uploadColumns+` FROM import_uploads WHERE created_at < $1`, s.clock.Now().Add(-keepUploads))
	if err != nil {
		return err
	}
	for _, up := range old {
		if s.Work(up.ID).Running {
			continue
		}
		if err := errors.Join(s.erase(up), s.forget(ctx, up.ID)); err != nil {
			return err
		}
	}
	return nil
}

// path returns where a part of an upload lies: its file, sample or rejects.
func (s *Store) path(up Upload, part string) string {
	return filepath.Join(s.folder, up.key+"."+part)
}

// erase takes the bytes of an upload away.
func (s *Store) erase(up Upload) error {
	var errs []error
	for _, part := range []string{"file", "sample", "rejects"} {
		if err := os.Remove(s.path(up, part)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove an upload: %w", err))
		}
	}
	return errors.Join(errs...)
}

// job is an import of an upload under way, or how it ended.
type job struct {
	cancel   context.CancelFunc
	progress imports.Progress
	dry      bool
	running  bool
	err      error
}

// Start imports an upload, or with dry does everything and keeps nothing. It
// returns at once; the work goes on as who acts in ctx. An import that was
// stopped goes on where it was. Returns a fault if its options are wrong, or if
// it is running or done already.
func (s *Store) Start(ctx context.Context, id int64, dry bool) error {
	up, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.mayStart(ctx, up, dry); err != nil {
		return err
	}
	file, err := os.Open(s.path(up, "file"))
	if err != nil {
		return goneFile(err)
	}
	working, cancel := context.WithCancel(postgres.ActingAs(s.open, ctx))
	s.mu.Lock()
	defer s.mu.Unlock()
	if now := s.jobs[id]; s.stopped || now != nil && now.running {
		cancel()
		_ = file.Close()
		return fault.New(fault.Conflict, "members.import_running")
	}
	j := &job{cancel: cancel, dry: dry, running: true, progress: imports.Progress{Reading: true}}
	s.jobs[id] = j
	s.running.Go(func() {
		defer cancel()
		defer func() { _ = file.Close() }()
		done, err := s.work(working, up, j, file)
		s.mu.Lock()
		defer s.mu.Unlock()
		j.running, j.err, j.progress = false, err, imports.Progress{Import: done}
	})
	return nil
}

func (s *Store) mayStart(ctx context.Context, up Upload, dry bool) error {
	if up.ImportID != nil {
		before, err := s.importer.Import(ctx, *up.ImportID)
		if err != nil {
			return err
		}
		if dry || before.State == imports.Finished {
			return fault.New(fault.Conflict, "members.import_done")
		}
	}
	return up.Options.Check(s.clock.Now())
}

// work imports the file and keeps what became of it.
func (s *Store) work(ctx context.Context, up Upload, j *job, file io.ReadSeeker) (imports.Import, error) {
	rejects, err := os.OpenFile(s.path(up, "rejects"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return imports.Import{}, fmt.Errorf("file for rejects: %w", err)
	}
	out := csv.NewWriter(rejects)
	options := up.Options
	options.DryRun = j.dry
	options.Rejects = func(r imports.Reject) error { return writeReject(out, r) }
	var noted error
	known := up.ImportID != nil
	done, err := s.importer.Run(ctx, options, file, func(p imports.Progress) {
		if p.ID != 0 && !known && noted == nil { // before the first row is in
			noted = s.began(ctx, up.ID, p.ID)
			known = true
		}
		s.mu.Lock()
		j.progress = p
		s.mu.Unlock()
	})
	out.Flush()
	err = errors.Join(err, noted, out.Error(), rejects.Close())
	if len(done.Columns) > 0 {
		err = errors.Join(err, s.understood(ctx, up.ID, done.Columns))
	}
	switch {
	case err != nil:
	case j.dry:
		err = s.rehearsed(ctx, up.ID, done)
	default: // members' data doesn't stay about
		err = errors.Join(os.Remove(s.path(up, "file")), os.Remove(s.path(up, "sample")))
	}
	return done, err
}

// Work is the import of an upload in this process: under way, or ended.
type Work struct {
	imports.Progress
	Dry, Running bool
	Err          error // how it failed, if it did
}

// Work returns where the import of an upload is.
func (s *Store) Work(id int64) Work {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[id]
	if j == nil {
		return Work{}
	}
	return Work{Progress: j.progress, Dry: j.dry, Running: j.running, Err: j.err}
}

// Cancel stops the import of an upload. The rows that are in stay, and Start
// goes on after them.
func (s *Store) Cancel(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j := s.jobs[id]; j != nil {
		j.cancel()
	}
}
