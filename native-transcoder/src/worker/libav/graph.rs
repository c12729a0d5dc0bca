//! A decoder's picture to every rung's on an NVIDIA GPU, without leaving its memory.
//!
//! libavfilter's part of libav is loaded when a GPU is used, not linked: Debian's drags libavformat and every network
//! library behind it into each worker, and software workers need none of them.

use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{self, NonNull};

use headwater_protocol::ladder::Size;
use libloading::Library;

use super::picture::Picture;
use super::{Error, ffi};

/// Scales each of the decoder's pictures to all rungs at once.
#[derive(Debug)]
pub(crate) struct Graph {
    graph: NonNull<c_void>,
    source: NonNull<c_void>,
    sinks: Vec<NonNull<c_void>>,
    library: Api,
    size: Size,
}

// SAFETY: a graph may move between threads as long as one uses it at a time.
unsafe impl Send for Graph {}

impl Graph {
    /// A graph for pictures like `first`, which lies on a GPU, to the sizes of `rungs`.
    pub(crate) fn open(first: &Picture, rungs: &[Size]) -> Result<Self, Error> {
        let library = Api::load()?;
        let text =
            CString::new(description(first.size(), rungs)).map_err(|_| Error::memory("name a filter"))?;
        // SAFETY: every pointer handed over is valid for its call; null results are handled; the graph is owned by the
        // guard from the moment it exists, and frees its filters with it.
        unsafe {
            let graph = (library.alloc)();
            let graph = NonNull::new(graph).ok_or_else(|| Error::memory("allocate a filter graph"))?;
            let mut made = Self {
                graph,
                source: NonNull::dangling(),
                sinks: Vec::new(),
                library,
                size: first.size(),
            };
            let (mut inputs, mut outputs) = (ptr::null_mut(), ptr::null_mut());
            let parsed =
                (made.library.parse)(graph.as_ptr(), text.as_ptr(), &raw mut inputs, &raw mut outputs);
            Error::check("build the GPU's filter graph", parsed)?;
            made.source = made.filter("buffer@in")?;
            for place in 0..rungs.len() {
                let sink = made.filter(&format!("buffersink@out{place}"))?;
                made.sinks.push(sink);
            }
            made.attach(first)?;
            let ready = (made.library.config)(graph.as_ptr(), ptr::null_mut());
            Error::check("set the GPU's filter graph up", ready)?;
            Ok(made)
        }
    }

    /// The size of the pictures that it takes.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Each rung's picture, largest first.
    pub(crate) fn scale(&mut self, picture: &Picture) -> Result<Vec<Picture>, Error> {
        /// `AV_BUFFERSRC_FLAG_KEEP_REF`: the picture stays its owner's.
        const KEEP: c_int = 8;
        // SAFETY: source and sinks are this graph's; the picture is only read and its reference kept.
        unsafe {
            let shared = picture.share()?;
            let code = (self.library.push)(self.source.as_ptr(), shared.raw(), KEEP);
            Error::check("scale on the GPU", code)?;
            let mut scaled = Vec::with_capacity(self.sinks.len());
            for sink in &self.sinks {
                let mut rung = Picture::empty()?;
                let code = (self.library.pull)(sink.as_ptr(), rung.as_mut_ptr());
                Error::check("scale on the GPU", code)?;
                rung.describe_as(picture);
                scaled.push(rung);
            }
            Ok(scaled)
        }
    }

    fn filter(&self, name: &str) -> Result<NonNull<c_void>, Error> {
        let text = CString::new(name).map_err(|_| Error::memory("name a filter"))?;
        // SAFETY: the graph is valid and the name terminated; null is handled.
        let found = unsafe { (self.library.find)(self.graph.as_ptr(), text.as_ptr()) };
        NonNull::new(found).ok_or(Error {
            doing: "find its own filter",
            code: ffi::AVERROR_FILTER_NOT_FOUND,
        })
    }

    /// Tells the source which memory its pictures lie in.
    fn attach(&self, first: &Picture) -> Result<(), Error> {
        // SAFETY: libav allocates the parameters, zeroed; only the fields that every version from 4 to 7 begins with are
        // written; the source takes a reference of its own.
        unsafe {
            let parameters = (self.library.parameters)();
            if parameters.is_null() {
                return Err(Error::memory("describe the GPU's pictures"));
            }
            (*parameters).format = first.frame().format;
            (*parameters).hw_frames = first.frame().hw_frames_ctx;
            let code = (self.library.set)(self.source.as_ptr(), parameters);
            ffi::av_free(parameters.cast());
            Error::check("describe the GPU's pictures", code).map(|_| ())
        }
    }
}

impl Drop for Graph {
    fn drop(&mut self) {
        let mut graph = self.graph.as_ptr();
        // SAFETY: allocated by libavfilter and freed once, with all its filters.
        unsafe { (self.library.free)(&raw mut graph) };
    }
}

/// The graph in libavfilter's own words: one source, a bicubic scaler and a sink for each rung.
fn description(source: Size, rungs: &[Size]) -> String {
    let Size { width, height } = source;
    let mut text = format!(
        "buffer@in=video_size={width}x{height}:pix_fmt=cuda:time_base=1/90000,split={}",
        rungs.len()
    );
    for place in 0..rungs.len() {
        text.push_str(&format!("[s{place}]"));
    }
    for (place, Size { width, height }) in rungs.iter().enumerate() {
        text.push_str(&format!(
            ";[s{place}]scale_cuda=w={width}:h={height}:interp_algo=bicubic:format=nv12,buffersink@out{place}"
        ));
    }
    text
}

/// The beginning of libavfilter's `AVBufferSrcParameters`.
#[repr(C)]
struct Parameters {
    format: c_int,
    time_base: ffi::AVRational,
    width: c_int,
    height: c_int,
    aspect: ffi::AVRational,
    rate: ffi::AVRational,
    hw_frames: *mut ffi::AVBufferRef,
}

type Filter = *mut c_void;

/// What is used of libavfilter.
#[derive(Debug)]
struct Api {
    alloc: unsafe extern "C" fn() -> *mut c_void,
    free: unsafe extern "C" fn(*mut *mut c_void),
    parse: unsafe extern "C" fn(*mut c_void, *const c_char, *mut *mut c_void, *mut *mut c_void) -> c_int,
    find: unsafe extern "C" fn(*mut c_void, *const c_char) -> Filter,
    config: unsafe extern "C" fn(*mut c_void, *mut c_void) -> c_int,
    parameters: unsafe extern "C" fn() -> *mut Parameters,
    set: unsafe extern "C" fn(Filter, *mut Parameters) -> c_int,
    push: unsafe extern "C" fn(Filter, *mut ffi::AVFrame, c_int) -> c_int,
    pull: unsafe extern "C" fn(Filter, *mut ffi::AVFrame) -> c_int,
    /// Last, so that it goes after the functions that live in it.
    _library: Library,
}

impl Api {
    /// Loads the version that belongs to the libav that is linked: libavfilter counts 51 majors behind libavcodec.
    fn load() -> Result<Self, Error> {
        let missing = |_| Error {
            doing: "load libavfilter for the GPU; install it",
            code: ffi::AVERROR_FILTER_NOT_FOUND,
        };
        // SAFETY: the library is libav's own, whose initialisers do nothing; the types are those of its headers.
        unsafe {
            let major = (ffi::avcodec_version() >> 16).saturating_sub(51);
            let library = Library::new(format!("libavfilter.so.{major}")).map_err(missing)?;
            Ok(Self {
                alloc: *library.get(b"avfilter_graph_alloc\0").map_err(missing)?,
                free: *library.get(b"avfilter_graph_free\0").map_err(missing)?,
                parse: *library.get(b"avfilter_graph_parse2\0").map_err(missing)?,
                find: *library.get(b"avfilter_graph_get_filter\0").map_err(missing)?,
                config: *library.get(b"avfilter_graph_config\0").map_err(missing)?,
                parameters: *library.get(b"av_buffersrc_parameters_alloc\0").map_err(missing)?,
                set: *library.get(b"av_buffersrc_parameters_set\0").map_err(missing)?,
                push: *library.get(b"av_buffersrc_add_frame_flags\0").map_err(missing)?,
                pull: *library.get(b"av_buffersink_get_frame\0").map_err(missing)?,
                _library: library,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rung_has_a_scaler_and_a_sink_of_its_own() {
        let rungs = [Size::new(854, 480), Size::new(426, 240)];
        assert_eq!(
            description(Size::new(1280, 720), &rungs),
            "buffer@in=video_size=1280x720:pix_fmt=cuda:time_base=1/90000,split=2[s0][s1]\
             ;[s0]scale_cuda=w=854:h=480:interp_algo=bicubic:format=nv12,buffersink@out0\
             ;[s1]scale_cuda=w=426:h=240:interp_algo=bicubic:format=nv12,buffersink@out1"
        );
    }

    #[test]
    fn debian_s_libavfilter_has_what_is_needed_and_knows_every_filter() {
        let api = Api::load().unwrap();
        let text = CString::new(description(Size::new(1280, 720), &[Size::new(854, 480); 3])).unwrap();
        // SAFETY: as in Graph::open.
        unsafe {
            let mut graph = (api.alloc)();
            let (mut inputs, mut outputs) = (ptr::null_mut(), ptr::null_mut());
            let parsed = (api.parse)(graph, text.as_ptr(), &raw mut inputs, &raw mut outputs);
            assert!(parsed >= 0, "{}", Error::check("parse", parsed).unwrap_err());
            assert!(!(api.find)(graph, c"buffer@in".as_ptr()).is_null());
            assert!(!(api.find)(graph, c"buffersink@out2".as_ptr()).is_null());
            assert!((api.find)(graph, c"buffersink@out3".as_ptr()).is_null());
            (api.free)(&raw mut graph);
        }
    }

    #[test]
    fn a_picture_in_our_memory_is_refused() {
        let pool = super::super::Pool::new(Size::new(320, 192)).unwrap();
        assert!(Graph::open(&pool.picture().unwrap(), &[Size::new(160, 96)]).is_err());
    }
}
