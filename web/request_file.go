package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"keur/internal/fault"
	"keur/requests"
)

// formWithFile reads a form that may bring a file along; none is no fault. What
// was typed before a file that is too large isn't lost.
func (v *visit) formWithFile(name string) (form, []requests.Upload, error) {
	if body, is := v.MustGet(bodyKey).(io.ReadCloser); is {
		v.Request.Body = http.MaxBytesReader(v.Writer, body, requests.MaxFile+maxForm)
	}
	parts, err := v.Request.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		f, err := v.readForm()
		return f, nil, err
	}
	if err != nil {
		return form{}, nil, fault.Wrap(err, fault.Invalid, "%s", v.Say.T("fault.form"))
	}
	f, files := newForm(v.Say), []requests.Upload(nil)
	tooLarge := fault.At(name, "%s", v.Say.T("requests.too_large"))
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return f, files, nil
		}
		if err != nil {
			return f, nil, tooLarge
		}
		data, err := io.ReadAll(io.LimitReader(part, requests.MaxFile+1))
		switch {
		case err != nil || len(data) > requests.MaxFile:
			return f, nil, tooLarge
		case part.FormName() == name:
			if part.FileName() != "" {
				files = append(files, requests.Upload{Name: part.FileName(), Bytes: data})
			}
		default:
			f.Values.Add(part.FormName(), string(data))
		}
	}
}

// requestFile hands a file out, to be saved and never to be run here.
func (v *visit) requestFile() error {
	id, err := v.id("request")
	if err != nil {
		return err
	}
	number, err := v.id("file")
	if err != nil {
		return err
	}
	return v.handOut(requests.ID(id), number)
}

func (v *visit) handOut(id requests.ID, number int64) error {
	name, bytes, err := v.Requests.File(v.ctx(), id, number)
	if err != nil {
		return err
	}
	v.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": strings.Map(printable, name)}))
	v.Data(http.StatusOK, "application/octet-stream", bytes)
	return nil
}

// printable drops control characters from a name.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
