package request

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"keur/internal/fault"
	"keur/requests"
	"keur/web/desk"
)

// formWithFile reads a form that may bring a file along; none is no fault. What
// was typed before a file that is too large isn't lost.
func (s *ticket) formWithFile(x *desk.Exchange, name string) (desk.Form, []requests.Upload, error) {
	desk.Stream(x, requests.MaxFile+desk.MaxForm)
	parts, err := x.Request.MultipartReader()
	if errors.Is(err, http.ErrNotMultipart) {
		f, err := desk.ReadForm(x)
		return f, nil, err
	}
	if err != nil {
		return desk.Form{}, nil, fault.Wrap(err, fault.Invalid, "fault.form")
	}
	f, files := desk.NewForm(x.Say), []requests.Upload(nil)
	tooLarge := fault.At(name, "requests.too_large")
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
func (s *ticket) requestFile(x *desk.Exchange) error {
	number, err := x.ID("file")
	if err != nil {
		return err
	}
	return s.handOut(x, desk.Found[requests.Request](x).ID, number)
}

func (s *ticket) handOut(x *desk.Exchange, id requests.ID, number int64) error {
	name, bytes, err := s.Requests.File(x.Context(), id, number)
	if err != nil {
		return err
	}
	x.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": strings.Map(printable, name)}))
	x.Send(http.StatusOK, "application/octet-stream", bytes)
	return nil
}

// printable drops control characters from a name.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}
