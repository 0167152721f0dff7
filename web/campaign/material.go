package campaign

import (
	"cmp"
	"image"
	"io"
	"net/http"
	"path/filepath"
	"strings"

	"keur/accounts"
	"keur/campaigns"
	"keur/internal/civil"
	"keur/internal/fault"
	"keur/internal/form"
	"keur/labels"
	"keur/web/desk"
)

// file is one that was uploaded.
type file struct {
	Name  string
	Bytes []byte
}

// mostUploads bounds what is uploaded at once, in bytes: some twenty images.
const mostUploads = 5 * desk.MaxUpload

// uploads reads the files of a form's field. None is a fault of the field.
func (s *holdings) uploads(x *desk.Exchange, name string) (all []file, err error) {
	x.Request.Body = http.MaxBytesReader(x.Writer, x.Request.Body, mostUploads)
	if err := x.Request.ParseMultipartForm(desk.MaxUpload); err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "input.file_unreadable", "most", mostUploads>>20)
	}
	for _, head := range x.Request.MultipartForm.File[name] {
		opened, err := head.Open()
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(opened)
		_ = opened.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, file{head.Filename, data})
	}
	if len(all) == 0 {
		return nil, fault.At(name, "input.file_missing")
	}
	return all, nil
}

// campaignEdited finishes a form of the campaign's page: back to it, or again
// with what is wrong.
func (s *holdings) campaignEdited(x *desk.Exchange, which string, f desk.Form, err error) error {
	if err == nil {
		return x.GoTo("/campaigns/" + x.Param("campaign"))
	}
	if err := f.Take(err); err != nil {
		return err
	}
	return s.showCampaign(x, http.StatusUnprocessableEntity, which, f)
}

// addCreatives takes images into the campaign, several at once. One that is
// refused is told by its file's name, and keeps none of the others out.
func (s *holdings) addCreatives(x *desk.Exchange) error {
	f := desk.NewForm(x.Say)
	files, err := s.uploads(x, "file")
	if err != nil {
		return s.campaignEdited(x, "creative-new", f, err)
	}
	f.Values = x.Request.PostForm
	alt := f.Field("alt")
	var refused []string
	for _, file := range files {
		f.Set("alt", cmp.Or(alt, called(file.Name)))
		made, err := s.Creatives.Put(x.Context(), file.Bytes)
		if err == nil {
			_, err = s.attach(x, made.Hash, &f)
		}
		told, mendable := desk.AsFault(err)
		switch {
		case mendable && told.Kind == fault.Invalid && len(files) > 1 && len(told.Details) > 0:
			refused = append(refused, file.Name+": "+x.Say.Sentence(told.Details[0].Message))
		case err != nil:
			f.Set("alt", alt)
			return s.campaignEdited(x, "creative-new", f, err)
		}
	}
	if len(refused) == 0 {
		return s.campaignEdited(x, "", f, nil)
	}
	f.Set("alt", alt)
	f.Refuse("file", strings.Join(refused, " "))
	return s.showCampaign(x, http.StatusUnprocessableEntity, "creative-new", f)
}

// called is what a file's name says: "zomer op texel" of zomer_op-texel.png.
func called(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	return form.Cut(strings.Join(strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune("_- ", c) }), " "))
}

// cutCreative takes a smaller or cut copy of one of the campaign's images into it.
func (s *holdings) cutCreative(x *desk.Exchange) error {
	hash, f, err := s.formForImage(x)
	if err != nil {
		return err
	}
	of := desk.Found[campaigns.Campaign](x).ID
	use, err := s.Creatives.Use(x.Context(), of, hash)
	if err != nil {
		return err
	}
	from, err := s.Creatives.Get(x.Context(), hash)
	if err != nil {
		return err
	}
	cut, err := campaigns.Cut{Part: partOf(&f), Shape: f.Get("shape"), Width: f.Number("width")}.Of(from)
	if err == nil {
		var made campaigns.Creative
		if made, err = s.Creatives.Put(x.Context(), cut); err == nil {
			use.Hash = made.Hash
			_, err = s.Creatives.Attach(x.Context(), of, use)
		}
	}
	return s.campaignEdited(x, "cut-"+hash.String(), f, err)
}

// partOf reads which part of an image is kept, as the frame over it says; none is
// said where no script runs.
func partOf(f *desk.Form) image.Rectangle {
	left, top := f.Number("part_left"), f.Number("part_top")
	return image.Rect(left, top, left+max(f.Number("part_width"), 0), top+max(f.Number("part_height"), 0))
}

// formForImage reads the form about an image of a campaign.
func (s *holdings) formForImage(x *desk.Exchange) (campaigns.Hash, desk.Form, error) {
	f, err := desk.ReadForm(x)
	if err != nil {
		return campaigns.Hash{}, f, err
	}
	hash, err := campaigns.ParseHash(x.Param("hash"))
	if err != nil {
		return hash, f, desk.NotHere()
	}
	return hash, f, nil
}

func (s *holdings) changeCreative(x *desk.Exchange) error {
	hash, f, err := s.formForImage(x)
	if err != nil {
		return err
	}
	if _, err := s.Creatives.Use(x.Context(), desk.Found[campaigns.Campaign](x).ID, hash); err != nil {
		return err // it is changed here, and taken in elsewhere
	}
	_, err = s.attach(x, hash, &f)
	return s.campaignEdited(x, "creative-"+hash.String(), f, err)
}

// attach says how an image is used in the campaign.
func (s *holdings) attach(x *desk.Exchange, hash campaigns.Hash, f *desk.Form) (campaigns.Use, error) {
	use := campaigns.Use{Hash: hash, Alt: f.Field("alt"), Source: f.Field("source")}
	for name, into := range map[string]**civil.Date{"valid_from": &use.ValidFrom, "valid_until": &use.ValidUntil} {
		if typed := f.Field(name); typed != "" {
			day, err := civil.ParseDate(typed)
			if err != nil {
				return use, fault.At(name, "input.day_range")
			}
			*into = &day
		}
	}
	return s.Creatives.Attach(x.Context(), desk.Found[campaigns.Campaign](x).ID, use)
}

func (s *holdings) removeCreative(x *desk.Exchange) error {
	hash, f, err := s.formForImage(x)
	if err != nil {
		return err
	}
	return s.campaignEdited(x, "creative-"+hash.String(), f, s.Creatives.Detach(x.Context(), desk.Found[campaigns.Campaign](x).ID, hash))
}

// ofCreative demands one of the roles for a label that used the image.
func (s *holdings) ofCreative(roles ...accounts.Role) desk.Access {
	return desk.Shared(roles, func(x *desk.Exchange) (campaigns.Hash, []labels.ID, error) {
		hash, err := campaigns.ParseHash(x.Param("hash"))
		if err != nil {
			return hash, nil, desk.NotHere()
		}
		by, own, err := s.Creatives.SeenBy(x.Context(), hash)
		if own {
			by = nil
		}
		return hash, by, err
	})
}

// creative shows an image; its bytes never change, so browsers may keep it.
func (s *holdings) creative(x *desk.Exchange) error {
	c, err := s.Creatives.Get(x.Context(), desk.Found[campaigns.Hash](x))
	if err != nil {
		return err
	}
	x.Header("Cache-Control", "private, max-age=31536000, immutable")
	x.Send(http.StatusOK, c.Type, c.Bytes)
	return nil
}

// addPool makes a stock of voucher codes: one that all share, or a list that
// is uploaded.
func (s *holdings) addPool(x *desk.Exchange) error {
	c, f, err := desk.FoundWithForm[campaigns.Campaign](x)
	if err != nil {
		return err
	}
	pool := campaigns.Pool{CampaignID: c.ID, Name: f.Field("name")}
	if code := f.Field("shared_code"); code != "" {
		pool.SharedCode = &code
	}
	if typed := f.Field("valid_until"); typed != "" {
		day, err := civil.ParseDate(typed)
		if err != nil {
			return s.campaignEdited(x, "pool-new", f, fault.At("valid_until", "input.day_range"))
		}
		pool.ValidUntil = &day
	}
	_, err = s.Vouchers.Create(x.Context(), pool)
	return s.campaignEdited(x, "pool-new", f, err)
}

// importCodes adds the codes of a file to a pool of this campaign.
func (s *holdings) importCodes(x *desk.Exchange) error {
	id, err := x.ID("pool")
	if err != nil {
		return err
	}
	pool, err := s.Vouchers.Get(x.Context(), campaigns.PoolID(id))
	if err != nil {
		return err
	}
	if pool.CampaignID != desk.Found[campaigns.Campaign](x).ID {
		return desk.NotHere()
	}
	f := desk.NewForm(x.Say)
	file, _, err := x.Request.FormFile("file")
	if err != nil {
		return s.campaignEdited(x, "pool-"+desk.Itoa(pool.ID), f, fault.At("file", "input.file_missing"))
	}
	defer func() { _ = file.Close() }()
	codes, err := campaigns.ReadCodes(file)
	if err == nil {
		_, err = s.Vouchers.Import(x.Context(), pool.ID, codes)
	}
	return s.campaignEdited(x, "pool-"+desk.Itoa(pool.ID), f, err)
}
