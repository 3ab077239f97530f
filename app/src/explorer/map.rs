//! The map: rows as points, drawn to pixels and found again under the pointer.

use analysis::points::{PointClass, axis_of_feature, class_names, classes, count_classes, nearest};
use analysis::table::ScoredTable;
use models::raster::{Beyond, Bounds, PointColours, Points, bounds_of, raster};
use models::schema::{Feature, FeatureKind};

use super::Explorer;
use crate::job::question::{
    MapAxis, MapColour, MapDrawn, MapQuestion, PickQuestion, PickedRow, QueryProblem,
    ScatterQuestion,
};
use crate::plots::map::{MapView, PixelArea};
use crate::plots::{ChartFrame, Palette};

/// What is kept from one drawing to the next, so that panning draws and does nothing else.
#[derive(Debug)]
pub(super) struct MapCache {
    axes: [MapAxis; 2],
    /// Columns of axes that are no component.
    values: [Option<Vec<f32>>; 2],
    whole: Bounds,
    /// Filter, model and meaning of the classes.
    classes_of: Option<(String, usize, PointClass)>,
    classes: Vec<u8>,
}

const COMPONENTS: [MapAxis; 2] = [MapAxis::Component(0), MapAxis::Component(1)];

impl MapCache {
    pub(super) fn new(table: &ScoredTable) -> Self {
        let [x, y] = &table.position;
        Self {
            axes: COMPONENTS,
            values: [None, None],
            whole: bounds_of(x, y),
            classes_of: None,
            classes: Vec::new(),
        }
    }

    /// The columns along both axes.
    fn columns<'a>(&'a self, table: &'a ScoredTable) -> [&'a [f32]; 2] {
        [0, 1].map(|axis| match (&self.values[axis], self.axes[axis]) {
            (Some(values), _) => values,
            (None, MapAxis::Component(component)) => {
                table.position.get(component).map_or(&[][..], Vec::as_slice)
            }
            (None, MapAxis::Feature(_)) => &[],
        })
    }

    fn take_axes(&mut self, table: &ScoredTable, axes: [MapAxis; 2]) {
        if self.axes == axes {
            return;
        }
        self.axes = axes;
        self.values = axes.map(|axis| match axis {
            MapAxis::Component(_) => None,
            MapAxis::Feature(feature) => Some(axis_of_feature(table, feature)),
        });
        let [x, y] = self.columns(table);
        self.whole = bounds_of(x, y);
    }
}

impl Explorer {
    /// Draws the map.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn map(&mut self, question: MapQuestion) -> Result<(MapDrawn, Vec<u8>), QueryProblem> {
        self.select(&question.query, question.model)?;
        self.map.take_axes(&self.table, question.axes);
        let class = match question.colour {
            MapColour::Risk => PointClass::Risk(self.selection.model),
            MapColour::Label => PointClass::Label,
            MapColour::Disagreement(pair) => PointClass::Disagreement(pair),
        };
        self.take_classes(class);
        let whole = self.map.whole;
        let bounds = match question.zoom {
            Some([x, y]) => Bounds { x, y, n_beyond: 0 },
            None => whole,
        };
        let view = MapView {
            bounds,
            axes: question.axes.map(|axis| self.axis_title(axis)),
            class_names: class_names(class).map(str::to_owned),
            n_by_class: count_classes(&self.map.classes),
            n_rows: self.table.n_rows() as u64,
            is_by_label: class == PointClass::Label,
        };
        let palette = Palette::of(question.is_dark);
        let colours = view.colours(&palette);
        let frame = ChartFrame::new(question.width, question.height, question.ratio);
        let area = view.pixel_area(&frame);
        let beyond = match question.zoom {
            Some(_) => Beyond::LeftOut,
            None => Beyond::OnBorder,
        };
        let pixels = self.draw(&bounds, beyond, area, question.ratio, &colours);
        let drawn = MapDrawn {
            question,
            view,
            whole,
        };
        Ok((drawn, pixels))
    }

    fn take_classes(&mut self, class: PointClass) {
        let of = (self.selection.query.clone(), self.selection.model, class);
        if self.map.classes_of.as_ref() != Some(&of) {
            self.map.classes = classes(&self.table, &self.selection.rows, class);
            self.map.classes_of = Some(of);
        }
    }

    fn draw(
        &self,
        bounds: &Bounds,
        beyond: Beyond,
        area: PixelArea,
        ratio: f32,
        colours: &PointColours,
    ) -> Vec<u8> {
        let [x, y] = self.map.columns(&self.table);
        let points = Points {
            x,
            y,
            class: &self.map.classes,
        };
        raster(
            &points,
            bounds,
            beyond,
            (area.width, area.height),
            ratio,
            colours,
        )
    }

    fn axis_title(&self, axis: MapAxis) -> String {
        match axis {
            MapAxis::Component(component) => {
                let share = self.model().projection.explained.get(component);
                let name = ["first", "second"].get(component).unwrap_or(&"");
                let share = share.copied().unwrap_or_default() * 100.0;
                format!("{name} component ({share:.0} % of variance)")
            }
            MapAxis::Feature(index) => self
                .table
                .feature(index)
                .map_or_else(String::new, feature_title),
        }
    }

    /// The row nearest to a place on the map.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn pick(&mut self, question: &PickQuestion) -> Result<Option<PickedRow>, QueryProblem> {
        self.select(&question.query, question.model)?;
        self.map.take_axes(&self.table, question.axes);
        // Of the map that was drawn last, but for the filter and the model in force now.
        let class = match self.map.classes_of.as_ref().map(|(_, _, class)| *class) {
            Some(class @ (PointClass::Label | PointClass::Disagreement(_))) => class,
            Some(PointClass::Risk(_)) | None => PointClass::Risk(self.selection.model),
        };
        self.take_classes(class);
        let columns = self.map.columns(&self.table);
        let found = nearest(columns, &self.map.classes, question.at, question.reach);
        let Some((row, n_here)) = found else {
            return Ok(None);
        };
        let at = columns.map(|values| values.get(row).copied().unwrap_or_default());
        Ok(Some(PickedRow {
            row: self.table_row(row, n_here),
            at,
            n_here,
        }))
    }

    /// Draws the risks of two models against each other.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn scatter(&mut self, question: &ScatterQuestion) -> Result<Vec<u8>, QueryProblem> {
        let model = self.selection.model;
        self.select(&question.query, model)?;
        let class = if self.table.labels.is_some() {
            PointClass::Label
        } else {
            PointClass::Risk(question.models[0])
        };
        let palette = Palette::of(question.is_dark);
        let colours = match class {
            PointClass::Label => palette.class_colours(),
            _ => palette.point_colours(),
        };
        let of_rows = classes(&self.table, &self.selection.rows, class);
        let risk_of = |model: usize| {
            let column = self.table.models.get(model);
            column.map_or(&[][..], |column| &column.risk)
        };
        let [x, y] = question.models.map(risk_of);
        let points = Points {
            x,
            y,
            class: &of_rows,
        };
        let bounds = Bounds {
            x: (0.0, 100.0),
            y: (0.0, 100.0),
            n_beyond: 0,
        };
        let [width, height] = question.size.map(|pixels| pixels.min(8192));
        Ok(raster(
            &points,
            &bounds,
            Beyond::OnBorder,
            (width, height),
            question.ratio,
            &colours,
        ))
    }
}

fn feature_title(feature: &Feature) -> String {
    let name = feature.name;
    match feature.kind {
        FeatureKind::Seconds => format!("{name}, log₁₀(1 + s)"),
        FeatureKind::Bytes => format!("{name}, log₁₀(1 + bytes)"),
        FeatureKind::Count => format!("{name}, log₁₀(1 + count)"),
        FeatureKind::Rate => format!("{name}, share"),
        FeatureKind::Flag => format!("{name}, 0 or 1"),
        FeatureKind::Category => format!("{name}, by rank of the word"),
    }
}
