/* A look inside containers whose first bytes do not say what they carry: ZIP, OLE, ISO media, RIFF, Matroska, Ogg,
 * programs.  For the sniffer alone.  See mime.h.  Each answers MIME_EMPTY where the bytes are something else. */
#ifndef SLUICE_CLASSIFY_MIME_CONTAINER_H
#define SLUICE_CLASSIFY_MIME_CONTAINER_H

#include "classify/mime.h"

/* "PK\3\4": plain ZIP, Office Open XML (with or without macros), OpenDocument, EPUB, APK, JAR, XPI, IPA. */
enum mime_type mime_zip(struct slice head);
/* D0CF11E0: the directory, where the head reaches it, names the application and its macros. */
enum mime_type mime_ole(struct slice head);
/* "MZ": PE or DOS. */
enum mime_type mime_pe(struct slice head);
enum mime_type mime_elf(struct slice head);
/* CAFEBABE is a Java class and a universal Mach-O. */
enum mime_type mime_cafebabe(struct slice head);
/* A box "ftyp": MP4, QuickTime, 3GP, M4A, AVIF, HEIC by the brands (ISO/IEC 14496-12). */
enum mime_type mime_iso_media(struct slice head);
enum mime_type mime_riff(struct slice head);
enum mime_type mime_matroska(struct slice head);
enum mime_type mime_ogg(struct slice head);

#endif
