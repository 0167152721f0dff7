package imports

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"

	"keur/internal/clock"
	"keur/internal/fault"
	"keur/internal/postgres"
	"keur/labels"
)

// keepUploads is how long a file that nobody imports stays.
const keepUploads = 7 * 24 * time.Hour

// Uploads takes files of members in, keeps them in a folder until they are
// imported, and runs their imports, which go on when the page that began them is
// closed. One whose process dies goes on when it is started again.
type Uploads struct {
	importer *Importer
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

// NewUploads returns uploads that are kept in folder, which only this account
// may read: it is made when the first one comes.
func NewUploads(importer *Importer, folder string) *Uploads {
	open, stop := context.WithCancel(context.Background())
	return &Uploads{
		importer: importer, db: importer.db, clock: importer.clock, folder: folder,
		open: open, stop: stop, jobs: map[int64]*job{},
	}
}

// Stop cancels what is being imported and waits until it has noted how far it
// came.
func (u *Uploads) Stop() {
	u.mu.Lock()
	u.stopped = true
	u.mu.Unlock()
	u.stop()
	u.running.Wait()
}

// Keep takes a file in as it arrives. Returns an invalid fault if it is no table.
func (u *Uploads) Keep(ctx context.Context, label labels.ID, name string, file io.Reader) (Upload, error) {
	if err := os.MkdirAll(u.folder, 0o700); err != nil {
		return Upload{}, fmt.Errorf("folder of uploads: %w", err)
	}
	if err := u.tidy(ctx); err != nil {
		return Upload{}, err
	}
	up := Upload{
		Label: label, FileName: filepath.Base(name), key: rand.Text(), CreatedAt: u.clock.Now(),
		Options: Options{Declare: true, Source: "import"},
	}
	err := u.write(&up, file)
	if err == nil {
		err = u.insert(ctx, &up)
	}
	if err != nil {
		return Upload{}, errors.Join(err, u.erase(up))
	}
	return u.Get(ctx, up.ID)
}

// write puts the bytes of an upload and its sample into the folder.
func (u *Uploads) write(up *Upload, from io.Reader) error {
	file, err := os.OpenFile(u.path(*up, "file"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
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
	sample, err := os.OpenFile(u.path(*up, "sample"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("keep a sample: %w", err)
	}
	return errors.Join(writeSample(file, sample), sample.Close())
}

// Remove forgets an upload that isn't being imported.
func (u *Uploads) Remove(ctx context.Context, id int64) error {
	up, err := u.Get(ctx, id)
	if err != nil {
		return err
	}
	if u.Work(id).Running {
		return fault.New(fault.Conflict, "members.import_running_cancel")
	}
	return errors.Join(u.erase(up), u.forget(ctx, up.ID))
}

func (u *Uploads) forget(ctx context.Context, id int64) error {
	_, err := postgres.Exec(ctx, u.db, `DELETE FROM import_uploads WHERE id = $1`, id)
	return postgres.Fault(err, "thing.upload", "id", id)
}

// tidy takes away what lay too long: a file of members mustn't stay about.
func (u *Uploads) tidy(ctx context.Context) error {
	old, err := u.list(ctx, `SELECT `+uploadColumns+` FROM import_uploads WHERE created_at < $1`, u.clock.Now().Add(-keepUploads))
	if err != nil {
		return err
	}
	for _, up := range old {
		if u.Work(up.ID).Running {
			continue
		}
		if err := errors.Join(u.erase(up), u.forget(ctx, up.ID)); err != nil {
			return err
		}
	}
	return nil
}

// path returns where a part of an upload lies: its file, sample or rejects.
func (u *Uploads) path(up Upload, part string) string {
	return filepath.Join(u.folder, up.key+"."+part)
}

// erase takes the bytes of an upload away.
func (u *Uploads) erase(up Upload) error {
	var errs []error
	for _, part := range []string{"file", "sample", "rejects"} {
		if err := os.Remove(u.path(up, part)); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove an upload: %w", err))
		}
	}
	return errors.Join(errs...)
}

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
	working, cancel := context.WithCancel(postgres.ActingAs(u.open, ctx))
	u.mu.Lock()
	defer u.mu.Unlock()
	if now := u.jobs[id]; u.stopped || now != nil && now.running {
		cancel()
		_ = file.Close()
		return fault.New(fault.Conflict, "members.import_running")
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
		if dry || before.State == Finished {
			return fault.New(fault.Conflict, "members.import_done")
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
	options.Rejects = func(r Reject) error { return writeReject(out, r) }
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
	if len(done.Columns) > 0 {
		err = errors.Join(err, u.understood(ctx, up.ID, done.Columns))
	}
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
		return nil, fault.Wrap(err, fault.NotFound, "members.rejects_gone")
	}
	if err != nil {
		return nil, fmt.Errorf("file of rejects: %w", err)
	}
	return file, nil
}

// writeReject keeps a reject with its reason as a key and arguments, for whoever
// reads the file in another language.
func writeReject(out *csv.Writer, r Reject) error {
	reason, err := r.Reason.Value()
	if err != nil {
		return err
	}
	return out.Write(append([]string{strconv.FormatInt(r.Row, 10), r.Column, fmt.Sprint(reason)}, r.Fields...))
}

// ReadRejects passes on each reject of a file that an upload left.
func ReadRejects(file io.Reader, pass func(Reject) error) error {
	rows := csv.NewReader(file)
	rows.FieldsPerRecord = -1 // the rows themselves come behind
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var r Reject
		if r.Row, err = strconv.ParseInt(row[0], 10, 64); err != nil {
			return err
		}
		if err := r.Reason.Scan(row[2]); err != nil {
			return err
		}
		r.Column, r.Fields = row[1], row[3:]
		if err := pass(r); err != nil {
			return err
		}
	}
}
