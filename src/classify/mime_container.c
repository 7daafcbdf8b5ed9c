/* Containers.  See mime_container.h.  Every read is bounded by the head: what lies beyond is unknown, not an error. */
#include "classify/mime_container.h"

#include "base/cursor.h"

#include <zlib.h>

#define ZIP_MEMBERS_MAX 64      /* local headers looked at */
#define CONTENT_TYPES_MAX 16384 /* bytes of [Content_Types].xml that are inflated */
#define OLE_SECTOR_MIN 512
#define BRANDS_MAX 16

struct known_name {
	struct slice text;
	enum mime_type type;
};

#define KNOWN(name, type)                      \
	{                                      \
		{name, sizeof(name) - 1}, type \
	}

/* ---- ZIP (PKWARE APPNOTE 4.3.7) ---- */

/* A member's name settles what the archive is; a name ending in '/' stands for everything below it. */
static const struct known_name zip_members[] = {
	KNOWN("AndroidManifest.xml", MIME_APK),
	KNOWN("classes.dex", MIME_APK),
	KNOWN("resources.arsc", MIME_APK),
	KNOWN("META-INF/com/android/", MIME_APK),
	KNOWN("META-INF/MANIFEST.MF", MIME_JAR),
	KNOWN("META-INF/mozilla.rsa", MIME_XPI),
	KNOWN("install.rdf", MIME_XPI),
	KNOWN("Payload/", MIME_IPA),
	KNOWN("word/", MIME_DOCX),
	KNOWN("xl/", MIME_XLSX),
	KNOWN("ppt/", MIME_PPTX),
};

/* The content of the member "mimetype", stored first (OpenDocument 1.2 part 3 section 3.3, EPUB OCF section 4.3). */
static const struct known_name zip_mimetypes[] = {
	KNOWN("application/epub+zip", MIME_EPUB),
	KNOWN("application/vnd.oasis.opendocument.text", MIME_ODT),
	KNOWN("application/vnd.oasis.opendocument.spreadsheet", MIME_ODS),
	KNOWN("application/vnd.oasis.opendocument.presentation", MIME_ODP),
	KNOWN("application/vnd.oasis.opendocument.graphics", MIME_ODG),
	KNOWN("application/vnd.oasis.opendocument.", MIME_ODF),
	KNOWN("application/vnd.adobe.sparkler.project", MIME_ZIP),
};

/* The main part's content type (ECMA-376 part 1, and [MS-OFFMACRO2] for those with macros). */
static const struct known_name main_parts[] = {
	KNOWN("ms-word.document.macroEnabled", MIME_DOCM),
	KNOWN("ms-word.template.macroEnabled", MIME_DOCM),
	KNOWN("ms-excel.sheet.macroEnabled", MIME_XLSM),
	KNOWN("ms-excel.sheet.binary.macroEnabled", MIME_XLSM),
	KNOWN("ms-excel.template.macroEnabled", MIME_XLSM),
	KNOWN("ms-excel.addin.macroEnabled", MIME_XLSM),
	KNOWN("ms-powerpoint.presentation.macroEnabled", MIME_PPTM),
	KNOWN("ms-powerpoint.slideshow.macroEnabled", MIME_PPTM),
	KNOWN("ms-powerpoint.template.macroEnabled", MIME_PPTM),
	KNOWN("ms-powerpoint.addin.macroEnabled", MIME_PPTM),
	KNOWN("ms-office.vbaProject", MIME_OOXML_MACRO),
	KNOWN("wordprocessingml", MIME_DOCX),
	KNOWN("spreadsheetml", MIME_XLSX),
	KNOWN("presentationml", MIME_PPTX),
};

struct zip_member {
	uint16_t flags;
	uint16_t method;
	struct slice name;
	struct slice data; /* as far as it is in sight */
	bool is_whole;     /* the size is known, and all of it is in sight */
};

static bool
zip_next(struct cursor *c, struct zip_member *m)
{
	uint32_t size;
	uint16_t name_len, extra_len;

	if (cursor_le32(c) != 0x04034b50)
		return false;
	cursor_le16(c); /* version */
	m->flags = cursor_le16(c);
	m->method = cursor_le16(c);
	cursor_bytes(c, 8); /* time, date, crc */
	size = cursor_le32(c);
	cursor_le32(c); /* the size uncompressed */
	name_len = cursor_le16(c);
	extra_len = cursor_le16(c);
	m->name = cursor_bytes(c, name_len);
	cursor_bytes(c, extra_len);
	if (!cursor_ok(c))
		return false;
	m->is_whole = !(m->flags & 8) && size <= cursor_left(c);
	m->data = cursor_bytes(c, m->is_whole ? size : cursor_left(c));
	return true;
}

static enum mime_type
find_known(struct slice text, const struct known_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_find_slice(text, names[i].text) < text.len)
			return names[i].type;
	return MIME_EMPTY;
}

/* What [Content_Types].xml says.  Writers put it first, so a head shows it although the macros lie far behind. */
static enum mime_type
ooxml_main_part(const struct zip_member *m)
{
	static const size_t known = sizeof main_parts / sizeof main_parts[0];
	unsigned char text[CONTENT_TYPES_MAX];
	z_stream z = {.next_in = (Bytef *)m->data.ptr,
		.avail_in = (uInt)m->data.len,
		.next_out = text,
		.avail_out = sizeof text};
	enum mime_type type;

	if (m->method == 0)
		return find_known(m->data, main_parts, known);
	if (m->method != 8 || inflateInit2(&z, -15) != Z_OK)
		return MIME_EMPTY;
	inflate(&z, Z_SYNC_FLUSH);
	type = find_known(slice_make(text, sizeof text - z.avail_out), main_parts, known);
	inflateEnd(&z);
	return type;
}

static enum mime_type
zip_member_type(const struct zip_member *m, bool is_first)
{
	static const size_t mimetypes = sizeof zip_mimetypes / sizeof zip_mimetypes[0];

	if (is_first && slice_eq(m->name, SLICE("mimetype")) && m->method == 0) {
		for (size_t i = 0; i < mimetypes; i++)
			if (slice_starts_with(m->data, zip_mimetypes[i].text))
				return zip_mimetypes[i].type;
	}
	if (slice_ends_with(m->name, SLICE("vbaProject.bin")))
		return MIME_OOXML_MACRO;
	if (slice_eq(m->name, SLICE("[Content_Types].xml"))) {
		enum mime_type type = ooxml_main_part(m);

		return type == MIME_EMPTY ? MIME_OOXML : type;
	}
	for (size_t i = 0; i < sizeof zip_members / sizeof zip_members[0]; i++) {
		struct slice name = zip_members[i].text;

		if (slice_ends_with(name, SLICE("/")) ? slice_starts_with(m->name, name) : slice_eq(m->name, name))
			return zip_members[i].type;
	}
	return MIME_EMPTY;
}

/* What two members say together: macros outweigh a kind, a kind outweighs "some office file", APK outweighs JAR. */
static int
zip_weight(enum mime_type type)
{
	switch (type) {
	case MIME_EMPTY:
		return 0;
	case MIME_OOXML:
		return 1;
	case MIME_JAR:
		return 2;
	case MIME_OOXML_MACRO:
		return 4;
	default:
		return mime_type_class(type) == MIME_CLASS_OFFICE_MACRO ? 5 : 3;
	}
}

enum mime_type
mime_zip(struct slice head)
{
	struct cursor c = cursor_over(head);
	enum mime_type best = MIME_EMPTY;
	struct zip_member m;

	for (int i = 0; i < ZIP_MEMBERS_MAX && zip_next(&c, &m); i++) {
		enum mime_type type = zip_member_type(&m, i == 0);

		if (zip_weight(type) > zip_weight(best))
			best = type;
		if (!m.is_whole)
			break;
	}
	return best == MIME_EMPTY ? MIME_ZIP : best;
}

/* ---- OLE compound files ([MS-CFB]) ---- */

#define OLE_ENTRY 128

/* Names of directory entries, of which the first 31 UTF-16 units matter; here in ASCII. */
static const struct known_name ole_entries[] = {
	KNOWN("WordDocument", MIME_DOC),
	KNOWN("Workbook", MIME_XLS),
	KNOWN("Book", MIME_XLS),
	KNOWN("PowerPoint Document", MIME_PPT),
	KNOWN("__nameid_version1.0", MIME_OUTLOOK),
	KNOWN("_VBA_PROJECT", MIME_OLE_MACRO),
	KNOWN("_VBA_PROJECT_CUR", MIME_OLE_MACRO),
	KNOWN("Macros", MIME_OLE_MACRO),
};

/* The root entry's class of Windows Installer packages: {000C1084-0000-0000-C000-000000000046}. */
static const unsigned char msi_class[16] = {0x84, 0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};

static enum mime_type
ole_entry_type(struct cursor *c)
{
	char name[32];
	size_t n = 0;
	struct slice units = cursor_bytes(c, 64);

	cursor_bytes(c, 16); /* length of the name, kind, colour, three links */
	if (slice_eq(cursor_bytes(c, 16), slice_make(msi_class, sizeof msi_class)))
		return MIME_MSI;
	cursor_bytes(c, OLE_ENTRY - 64 - 16 - 16);
	for (; n < sizeof name && 2 * n + 1 < units.len && units.ptr[2 * n] && units.ptr[2 * n + 1] == 0; n++)
		name[n] = units.ptr[2 * n];
	for (size_t i = 0; i < sizeof ole_entries / sizeof ole_entries[0]; i++)
		if (slice_eq(slice_make(name, n), ole_entries[i].text))
			return ole_entries[i].type;
	return MIME_EMPTY;
}

enum mime_type
mime_ole(struct slice head)
{
	enum mime_type type = MIME_OLE;
	struct cursor c = cursor_over(head);
	uint16_t shift;
	uint64_t at;

	cursor_bytes(&c, 0x1e);
	shift = cursor_le16(&c);
	cursor_bytes(&c, 0x30 - 0x20);
	at = cursor_le32(&c);
	if (!cursor_ok(&c) || (shift != 9 && shift != 12))
		return MIME_OLE;
	at = (at + 1) << shift; /* of the directory's first sector */
	if (at >= head.len)
		return MIME_OLE;
	/* Its later sectors may lie elsewhere; the entries that matter are mostly in the first. */
	c = cursor_over(slice_sub(head, at, at + (1u << shift)));
	while (cursor_left(&c) >= OLE_ENTRY) {
		enum mime_type entry = ole_entry_type(&c);

		if (entry == MIME_OLE_MACRO)
			return entry;
		if (entry != MIME_EMPTY && type == MIME_OLE)
			type = entry;
	}
	return type;
}

/* ---- programs ---- */

enum mime_type
mime_pe(struct slice head)
{
	struct cursor c = cursor_over(head);
	uint32_t at;
	uint16_t relocations;

	cursor_bytes(&c, 0x18);
	relocations = cursor_le16(&c);
	cursor_bytes(&c, 0x3c - 0x1a);
	at = cursor_le32(&c);
	if (!cursor_ok(&c))
		return MIME_DOS;
	if (at >= 4 && (uint64_t)at + 4 <= head.len)
		return slice_eq(slice_sub(head, at, at + 4), slice_make("PE\0\0", 4)) ? MIME_PE : MIME_DOS;
	/* The header is out of sight: only the new executables' DOS stubs have their relocations at 0x40. */
	return relocations >= 0x40 && at < 0x10000000 ? MIME_PE : MIME_DOS;
}

enum mime_type
mime_elf(struct slice head)
{
	struct cursor c = cursor_over(head);
	uint16_t type;
	bool is_little;

	cursor_bytes(&c, 5);
	is_little = cursor_u8(&c) != 2;
	cursor_bytes(&c, 10);
	type = is_little ? cursor_le16(&c) : cursor_u16(&c);
	switch (type) {
	case 1:
		return MIME_ELF_OBJECT;
	case 3:
		return MIME_ELF_SHARED;
	case 4:
		return MIME_ELF_CORE;
	default:
		return MIME_ELF;
	}
}

enum mime_type
mime_cafebabe(struct slice head)
{
	struct cursor c = cursor_over(head);

	cursor_u32(&c);
	/* Java: minor and major version, 45 at least.  Mach-O: the number of architectures. */
	return cursor_u32(&c) >= 45 ? MIME_JAVA_CLASS : MIME_MACHO;
}

/* ---- sound and pictures ---- */

static const struct known_name brands[] = {
	KNOWN("avif", MIME_AVIF),
	KNOWN("avis", MIME_AVIF),
	KNOWN("heic", MIME_HEIC),
	KNOWN("heix", MIME_HEIC),
	KNOWN("hevc", MIME_HEIC),
	KNOWN("mif1", MIME_HEIC),
	KNOWN("msf1", MIME_HEIC),
	KNOWN("qt  ", MIME_QUICKTIME),
	KNOWN("M4A ", MIME_M4A),
	KNOWN("M4B ", MIME_M4A),
	KNOWN("3gp", MIME_3GP),
	KNOWN("3g2", MIME_3GP),
	KNOWN("jp2 ", MIME_JP2),
	KNOWN("jxl ", MIME_JXL),
	KNOWN("crx ", MIME_TIFF),
};

static enum mime_type
brand_type(struct slice brand)
{
	for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++)
		if (slice_starts_with(brand, brands[i].text))
			return brands[i].type;
	return MIME_EMPTY;
}

enum mime_type
mime_iso_media(struct slice head)
{
	struct cursor c = cursor_over(head);
	uint32_t size = cursor_u32(&c);
	enum mime_type type;

	if (!slice_eq(cursor_bytes(&c, 4), SLICE("ftyp")) || size < 12 || size % 4)
		return MIME_EMPTY;
	type = brand_type(cursor_bytes(&c, 4));
	if (type != MIME_EMPTY && type != MIME_HEIC)
		return type;
	cursor_u32(&c); /* minor version */
	for (uint32_t at = 16; at + 4 <= size && at < 16 + 4 * BRANDS_MAX && cursor_left(&c) >= 4; at += 4) {
		enum mime_type other = brand_type(cursor_bytes(&c, 4));

		if (other == MIME_AVIF || (other == MIME_HEIC && type == MIME_EMPTY))
			type = other;
	}
	return type == MIME_EMPTY ? MIME_MP4 : type;
}

enum mime_type
mime_riff(struct slice head)
{
	static const struct known_name forms[] = {
		KNOWN("WEBP", MIME_WEBP),
		KNOWN("WAVE", MIME_WAV),
		KNOWN("AVI ", MIME_AVI),
		KNOWN("RMID", MIME_MIDI),
		KNOWN("AIFF", MIME_AIFF),
		KNOWN("AIFC", MIME_AIFF),
	};
	struct slice form = slice_sub(head, 8, 12);

	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (slice_eq(form, forms[i].text))
			return forms[i].type;
	return MIME_RIFF;
}

enum mime_type
mime_matroska(struct slice head)
{
	/* The DocType is in the EBML header, which is short. */
	head = slice_sub(head, 0, 64);
	return slice_find_slice(head, SLICE("webm")) < head.len ? MIME_WEBM : MIME_MATROSKA;
}

enum mime_type
mime_ogg(struct slice head)
{
	static const struct known_name codecs[] = {
		KNOWN("\x80theora", MIME_OGG_VIDEO),
		KNOWN("fishead", MIME_OGG_VIDEO),
		KNOWN("\x01vorbis", MIME_OGG_AUDIO),
		KNOWN("OpusHead", MIME_OGG_AUDIO),
		KNOWN("\x7f"
		      "FLAC",
			MIME_OGG_AUDIO),
		KNOWN("Speex   ", MIME_OGG_AUDIO),
	};

	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++)
		if (slice_starts_with(slice_sub(head, 28, head.len), codecs[i].text))
			return codecs[i].type;
	return MIME_OGG;
}
