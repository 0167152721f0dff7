package imports

import (
	"context"
	"crypto/rand"
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
	up := Upload{Label: label, FileName: filepath.Base(name), key: rand.Text(), CreatedAt: u.clock.Now(), Options: Options{Declare: true, Source: "import"}}
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
		return fault.Wrap(err, fault.Invalid, "the file didn't arrive whole; try again")
	}
	if up.Size == 0 {
		return fault.New(fault.Invalid, "the file is empty")
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
		return fault.New(fault.Conflict, "this file is being imported; cancel that first")
	}
	return errors.Join(u.erase(up), u.forget(ctx, up.ID))
}

func (u *Uploads) forget(ctx context.Context, id int64) error {
	_, err := u.db.ExecContext(ctx, `DELETE FROM import_uploads WHERE id = $1`, id)
	return postgres.Fault(err, "upload %d", id)
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
